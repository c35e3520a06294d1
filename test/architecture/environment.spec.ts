import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';

/** Programs hand the environment over, whole, and do not look into it. */
const handedOver = /read(Sandbox)?Config\(process\.env\)/g;
const programs = new Set(['main.ts', 'sandbox/main.ts']);

/** Every way to the environment that does not go round it on purpose. */
const reading =
  /process\s*(\?\.|\.|\[\s*['"])\s*env\b|\benv\b[^;]*from 'node:process'|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/;

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && !file.startsWith('config/'));

function readsTheEnvironment(file: string): boolean {
  const source = readFileSync(`src/${file}`, 'utf8');
  return reading.test(programs.has(file) ? source.replace(handedOver, '') : source);
}

describe('the environment', () => {
  it('is read by src/config alone', () => {
    expect(sources.filter(readsTheEnvironment)).toEqual([]);
  });

  it.each(['process.env.PORT', "process['env']", 'const { env } = process;', "import { env } from 'node:process';"])(
    'counts as read by %s',
    (code) => {
      expect(code).toMatch(reading);
    },
  );

  it('is handed over whole by the program that starts the gateway', () => {
    expect(readFileSync('src/main.ts', 'utf8').match(handedOver)).toHaveLength(1);
  });
});
