import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { transformFileSync } from '@swc/core';
import { until } from './far-end.js';

/** Transpiles the gateway's sources into a folder within the project, so that imports of packages work. */
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
  /** The URL it listens on; empty before that. */
  url(): string;
  /** What it has written to stdout and stderr. */
  readonly output: { out: string; err: string };
  /** The exit code. */
  readonly ended: Promise<number | null>;
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** JavaScript to run in the process before the gateway. */
  readonly before?: string;
  readonly stdio?: StdioOptions;
}

/** Starts the gateway like an operator, on free ports and without this process's environment. */
export function spawnGateway(main: string, { env = {}, before = '', stdio = 'pipe' }: StartOptions = {}): Started {
  const preload = `data:text/javascript,${encodeURIComponent(before)}`;
  const child = spawn(process.execPath, ['--import', preload, main], {
    env: { PORT: '0', SANDBOX_PORT: '0', ...env },
    stdio,
  });
  const output = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.err += text));
  const ended = new Promise<number | null>((done) => child.once('close', (code) => done(code)));
  const url = () => /listens on (http:\S+)/.exec(output.out)?.[1] ?? '';
  return { child, url, output, ended };
}

/** Starts the gateway and waits until it listens. */
export async function startProcess(main: string, options?: StartOptions): Promise<Started> {
  const started = spawnGateway(main, options);
  await until('the gateway listens', () => started.url() !== '' || started.child.exitCode !== null, 20_000);
  if (started.url() === '') throw new Error(`the gateway did not start: ${started.output.err}${started.output.out}`);
  return started;
}
