import { readConfig } from './config/read-config.js';
import { createGateway } from './gateway.js';
import { greeting } from './greeting.js';

const config = readConfig(process.env);
const gateway = await createGateway(config);
for (const warning of config.warnings) gateway.logger.warn(warning);
process.stdout.write(greeting(gateway));
