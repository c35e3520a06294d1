import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';

/** Programs pass the whole environment on, and do not read it themselves. */
const passedOn = /read(Sandbox)?Config\(process\.env\)/g;
const programs = new Set(['main.ts', 'sandbox/main.ts']);

/** All usual ways to access the environment. */
const access =
  /process\s*(\?\.|\.|\[\s*['"])\s*env\b|\benv\b[^;]*from 'node:process'|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/;

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && !file.startsWith('config/'));

function readsTheEnvironment(file: string): boolean {
  const source = readFileSync(`src/${file}`, 'utf8');
  return access.test(programs.has(file) ? source.replace(passedOn, '') : source);
}

describe('the environment', () => {
  it('is read by src/config only', () => {
    expect(sources.filter(readsTheEnvironment)).toEqual([]);
  });

  it.each(['process.env.PORT', "process['env']", 'const { env } = process;', "import { env } from 'node:process';"])(
    'is accessed by %s',
    (code) => {
      expect(code).toMatch(access);
    },
  );

  it('is passed on by the program that starts the gateway', () => {
    expect(readFileSync('src/main.ts', 'utf8').match(passedOn)).toHaveLength(1);
  });
});
