import { mkdirSync, writeFileSync } from 'node:fs';
import { problemsPage } from './problems-page.js';

// A program, started from the project's folder by `npm run docs`.
mkdirSync('docs', { recursive: true });
writeFileSync('docs/problems.md', problemsPage());
