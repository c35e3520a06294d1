import { mkdirSync, writeFileSync } from 'node:fs';
import { problemsPage } from '../openapi/problems-page.js';

// Started by `npm run docs` in the project's folder.
mkdirSync('docs', { recursive: true });
writeFileSync('docs/problems.md', problemsPage());
