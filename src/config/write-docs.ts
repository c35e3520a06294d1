import { readFileSync, writeFileSync } from 'node:fs';
import { envExample } from './env-example.js';
import { markdownTable } from './markdown-table.js';
import { withSettingsBlock } from './settings-block.js';
import { settings } from './settings.js';

// A program, started from the project's folder by `npm run docs`: writes what the settings table says into the pages that show it.
writeFileSync('README.md', withSettingsBlock(readFileSync('README.md', 'utf8'), markdownTable(settings)));
writeFileSync('.env.example', envExample(settings));
