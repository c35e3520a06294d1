import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transpile } from './support/start-process.js';

const run = promisify(execFile);
const MB = 1024 * 1024;
const BOUND = 64 * MB;
/** The memory of the process in addition to the bound. */
const BESIDE = 60 * MB;

/** The Node flags of `npm start` and the image. */
const flags = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } }).scripts.start
  .split(' ')
  .filter((word) => word.startsWith('--') && word !== '--silent');

describe('a million distinct responses in the memory cache', () => {
  let built: ReturnType<typeof transpile>;
  beforeAll(() => {
    built = transpile();
  });
  afterAll(() => built.remove());

  it('take no more memory than its bound and a constant', async () => {
    expect(flags.length).toBeGreaterThan(0);
    const script = ['test/support/push-answers.mjs', dirname(built.main), '60'];
    const { stdout } = await run(process.execPath, [...flags, ...script]);
    const { grownBytes, bytes, entries, evictions } = JSON.parse(stdout) as Record<string, number>;
    process.stdout.write(`a million answers: RSS grew by ${Math.round(Number(grownBytes) / MB)} MB, ${entries} kept\n`);
    expect(evictions).toBeGreaterThan(900_000);
    expect(bytes).toBeLessThanOrEqual(BOUND);
    expect(grownBytes).toBeLessThan(BOUND + BESIDE);
  }, 60_000);

  it('take no more with the flags of the image', () => {
    for (const flag of flags) expect(readFileSync('Dockerfile', 'utf8')).toContain(flag);
  });
});
