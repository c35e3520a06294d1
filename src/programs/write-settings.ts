import { readFileSync, writeFileSync } from 'node:fs';
import { envExample } from '../config/env-example.js';
import { markdownTable } from '../config/markdown-table.js';
import { withSettingsBlock } from '../config/settings-block.js';
import { settings } from '../config/settings.js';

// Started by `npm run docs` in the project's folder: writes the settings table into README.md and .env.example.
writeFileSync('README.md', withSettingsBlock(readFileSync('README.md', 'utf8'), markdownTable(settings)));
writeFileSync('.env.example', envExample(settings));
