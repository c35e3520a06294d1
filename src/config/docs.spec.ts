import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { envExample } from './env-example.js';
import { markdownTable } from './markdown-table.js';
import type { Settings } from './setting.js';
import { withSettingsBlock } from './settings-block.js';
import { settings } from './settings.js';

const table: Settings = {
  COLOUR: { kind: { expected: 'a colour', parse: (text) => text }, default: 'red', description: 'Red | green.' },
  ID: { kind: { expected: 'text', parse: (text) => text }, default: undefined, description: 'Who.', example: 'me' },
};

function expectUpToDate(file: string, generate: (current: string) => string): void {
  const current = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (current === undefined || current !== generate(current)) {
    throw new Error(`${file} does not match the settings table. Generate it with: npm run docs`);
  }
}

describe('the settings documentation', () => {
  it('is a table with name, default and description', () => {
    expect(markdownTable(table)).toBe(
      [
        '| Variable | Default | Description   |',
        '| -------- | ------- | ------------- |',
        '| `COLOUR` | `red`   | Red \\| green. |',
        '| `ID`     | none    | Who.          |',
      ].join('\n'),
    );
  });

  it('lists every setting commented out in .env.example', () => {
    expect(envExample(table)).toMatch(
      /\n\n# Red \| green\. Default: red\.\n# COLOUR=red\n\n# Who\. Default: none\.\n# ID=me\n$/,
    );
  });

  it('changes only between the marks', () => {
    const page = 'before\n<!-- settings -->\nold\n<!-- /settings -->\nafter\n';
    expect(withSettingsBlock(page, 'new')).toBe('before\n<!-- settings -->\n\nnew\n\n<!-- /settings -->\nafter\n');
    expect(() => withSettingsBlock('no marks', 'new')).toThrow('no settings block');
  });

  it('has valid examples and defaults', () => {
    for (const setting of Object.values<Settings[string]>(settings)) {
      const samples = [setting.default, setting.example].filter((text) => text !== undefined);
      for (const sample of samples) expect([sample, setting.kind.parse(sample)]).not.toEqual([sample, undefined]);
    }
  });

  it('is up to date in README.md', () =>
    expectUpToDate('README.md', (current) => withSettingsBlock(current, markdownTable(settings))));

  it('is up to date in .env.example', () => expectUpToDate('.env.example', () => envExample(settings)));
});
