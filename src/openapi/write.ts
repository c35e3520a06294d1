import { writeFile } from 'node:fs/promises';
import { format } from './format.js';
import { readConfig } from '../config/read-config.js';
import { createGateway } from '../gateway.js';

// Ports of the documented defaults appear in the document, free ones are listened on.
const gateway = await createGateway(readConfig({ PORT: '0', SANDBOX_PORT: '0', LOG_LEVEL: 'warn' }));
await writeFile('openapi.json', format(gateway.document));
await gateway.close();
