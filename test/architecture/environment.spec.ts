import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';

/** All usual ways to access the environment. */
const access =
  /process\s*(\?\.|\.|\[\s*['"])\s*env\b|\benv\b[^;]*from 'node:process'|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/;

const readers = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && access.test(readFileSync(`src/${file}`, 'utf8')));

describe('the environment', () => {
  it('is read by the two readers of src/config only', () => {
    expect(readers.toSorted()).toEqual(['config/read-config.ts', 'config/sandbox-config.ts']);
  });

  it.each(['process.env.PORT', "process['env']", 'const { env } = process;', "import { env } from 'node:process';"])(
    'is accessed by %s',
    (code) => {
      expect(code).toMatch(access);
    },
  );
});
