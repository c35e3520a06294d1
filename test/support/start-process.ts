import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { transformFileSync } from '@swc/core';
import { until } from './far-end.js';

/** The gateway's sources as JavaScript, below the project's folder, where they find their packages. */
export function transpile(): { readonly main: string; remove(): void } {
  const cache = resolve('node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'gateway-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))) {
    const { code } = transformFileSync(join('src', file), {
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      },
      module: { type: 'es6' },
    });
    const to = join(folder, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, code);
  }
  return { main: join(folder, 'main.js'), remove: () => rmSync(folder, { recursive: true }) };
}

export interface Started {
  readonly child: ChildProcess;
  /** Where it listens. */
  url(): string;
  /** Everything it has written. */
  readonly said: { out: string; err: string };
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** JavaScript that runs in it before the gateway does. */
  readonly before?: string;
  readonly stdio?: StdioOptions;
}

/** Starts the gateway as an operator does, on free ports; nothing of the environment here is handed on. */
export function spawnGateway(main: string, { env = {}, before = '', stdio = 'pipe' }: StartOptions = {}): Started {
  const preload = `data:text/javascript,${encodeURIComponent(before)}`;
  const child = spawn(process.execPath, ['--import', preload, main], {
    env: { PORT: '0', SANDBOX_PORT: '0', ...env },
    stdio,
  });
  const said = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.err += text));
  const ended = new Promise<number | null>((done) => child.once('close', (code) => done(code)));
  const url = () => /listens on (http:\S+)/.exec(said.out)?.[1] ?? '';
  return { child, url, said, ended };
}

/** The same, and waits until it listens. */
export async function startProcess(main: string, options?: StartOptions): Promise<Started> {
  const started = spawnGateway(main, options);
  await until('the gateway listens', () => started.url() !== '' || started.child.exitCode !== null, 20_000);
  if (started.url() === '') throw new Error(`the gateway did not start: ${started.said.err}${started.said.out}`);
  return started;
}
