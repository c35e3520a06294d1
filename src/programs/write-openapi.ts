import { writeFile } from 'node:fs/promises';
import { readConfig } from '../config/read-config.js';
import { createGateway } from '../gateway.js';
import { DOCUMENTED_ENVIRONMENT } from '../openapi/documented-environment.js';
import { format } from '../openapi/format.js';

// Started by `npm run openapi` in the project's folder.
const gateway = await createGateway(readConfig(DOCUMENTED_ENVIRONMENT));
await writeFile('openapi.json', format(gateway.document));
await gateway.close();
