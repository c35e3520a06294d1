import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { envExample } from './env-example.js';
import { markdownTable } from './markdown-table.js';
import type { Settings } from './setting.js';
import { withSettingsBlock } from './settings-block.js';
import { settings } from './settings.js';

const table: Settings = {
  COLOUR: { kind: { expected: 'a colour', parse: (text) => text }, default: 'red', meaning: 'Red | green.' },
  ID: { kind: { expected: 'text', parse: (text) => text }, default: undefined, meaning: 'Who.', example: 'me' },
};

function mustBe(file: string, expected: (now: string) => string): void {
  const now = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (now === undefined || now !== expected(now)) {
    throw new Error(`${file} does not say what the settings table says. Write it anew: npm run docs`);
  }
}

describe('the pages about the settings', () => {
  it('show a table with name, default and meaning', () => {
    expect(markdownTable(table)).toBe(
      [
        '| Variable | Default | Meaning       |',
        '| -------- | ------- | ------------- |',
        '| `COLOUR` | `red`   | Red \\| green. |',
        '| `ID`     | none    | Who.          |',
      ].join('\n'),
    );
  });

  it('show every setting switched off in .env.example', () => {
    expect(envExample(table)).toMatch(
      /\n\n# Red \| green\. Default: red\.\n# COLOUR=red\n\n# Who\. Default: none\.\n# ID=me\n$/,
    );
  });

  it('change only between the marks', () => {
    const page = 'before\n<!-- settings -->\nold\n<!-- /settings -->\nafter\n';
    expect(withSettingsBlock(page, 'new')).toBe('before\n<!-- settings -->\n\nnew\n\n<!-- /settings -->\nafter\n');
    expect(() => withSettingsBlock('no marks', 'new')).toThrow('no place for the settings');
  });

  it('give examples and defaults the gateway takes', () => {
    for (const setting of Object.values<Settings[string]>(settings)) {
      const samples = [setting.default, setting.example].filter((text) => text !== undefined);
      for (const sample of samples) expect([sample, setting.kind.parse(sample)]).not.toEqual([sample, undefined]);
    }
  });

  it('are up to date: README.md', () => mustBe('README.md', (now) => withSettingsBlock(now, markdownTable(settings))));

  it('are up to date: .env.example', () => mustBe('.env.example', () => envExample(settings)));
});
