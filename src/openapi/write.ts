import { writeFile } from 'node:fs/promises';
import { readConfig } from '../config/read-config.js';
import { createGateway } from '../gateway.js';
import { DOCUMENTED_ENVIRONMENT } from './documented-environment.js';
import { format } from './format.js';

// A program, started from the project's folder by `npm run openapi`.
const gateway = await createGateway(readConfig(DOCUMENTED_ENVIRONMENT));
await writeFile('openapi.json', format(gateway.document));
await gateway.close();
