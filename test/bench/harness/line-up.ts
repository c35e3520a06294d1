import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AUDIENCE } from './caller-token.js';
import { LOAD_CORE, SERVER_CORE, has } from './machine.js';
import { type RunningServer, startServer } from './servers.js';
import { shippedFlags } from './shipped-flags.js';
import type { BareAnswer } from '../servers/bare.js';

const here = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const built = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url));
export const GATEWAY = here('../../dist/main.bundle.js');
/** The same program before bundling, because a profile names files. */
export const IN_FILES = here('../../dist/main.js');

/** Everything that runs during a benchmark. All of it is stopped at the end, whatever happens. */
export class LineUp {
  readonly #running: RunningServer[] = [];

  /** @param folder the folder of logs and caches */
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((server) => server.stop()));
  }

  log(name: string): string {
    return join(this.folder, `${name.replaceAll(/\W+/g, '-')}.log`);
  }

  stub(): Promise<RunningServer> {
    return this.#node('stub', [built('stub/upstream.js')], LOAD_CORE);
  }

  /** Undefined if no redis-server is installed. */
  async redis(): Promise<RunningServer | undefined> {
    if (!has('redis-server')) return undefined;
    return this.#start({
      name: 'redis',
      command: (port) => ['redis-server', '--port', String(port), '--save', '', '--appendonly', 'no'],
      core: LOAD_CORE,
      log: this.log('redis'),
    });
  }

  /** The gateway as it is shipped, in front of the stub, with its log in a file. `program` follows Node's shipped flags. */
  async gateway(
    name: string,
    stub: RunningServer,
    env: Readonly<Record<string, string>> = {},
    program: readonly string[] = [GATEWAY],
  ): Promise<RunningServer> {
    return this.#start({
      name,
      command: () => [process.execPath, ...shippedFlags(), ...program],
      core: SERVER_CORE,
      log: this.log(name),
      readyPath: '/health/ready',
      env: {
        NODE_ENV: 'production',
        LOGTO_ENDPOINT: stub.url,
        LOGTO_CLIENT_ID: 'bench',
        LOGTO_CLIENT_SECRET: 'bench-secret',
        AUTH_AUDIENCE: AUDIENCE,
        // Requests are counted, but the limit is never reached.
        RATE_LIMIT: '999999999/10s',
        ...env,
      },
    });
  }

  bare(answers: readonly BareAnswer[]): Promise<RunningServer> {
    const file = join(this.folder, 'bare-answers.json');
    writeFileSync(file, JSON.stringify(answers));
    return this.#node('bare node:http', [built('servers/bare.js')], SERVER_CORE, { ANSWERS: file });
  }

  nPlusOne(stub: RunningServer): Promise<RunningServer> {
    return this.#node('n-plus-one', [built('servers/n-plus-one.js')], SERVER_CORE, { UPSTREAM: stub.url });
  }

  /** A server in peers/, by the name of its file. */
  peer(file: string, stub: RunningServer): Promise<RunningServer> {
    return this.#node(file, [here(`peers/${file}.mjs`)], SERVER_CORE, { UPSTREAM: stub.url, NODE_ENV: 'production' });
  }

  /** Undefined if nginx is not installed. */
  async nginx(stub: RunningServer): Promise<RunningServer | undefined> {
    if (!has('nginx')) return undefined;
    const file = join(this.folder, 'nginx.conf');
    const configuration = readFileSync(here('nginx.conf'), 'utf8')
      .replaceAll('{folder}', this.folder)
      .replaceAll('{upstream}', stub.url);
    return this.#start({
      name: 'nginx',
      command: (port) => {
        writeFileSync(file, configuration.replaceAll('{port}', String(port)));
        return ['nginx', '-e', this.log('nginx'), '-c', file];
      },
      core: SERVER_CORE,
      log: this.log('nginx'),
    });
  }

  #node(name: string, args: readonly string[], core: number, env: Readonly<Record<string, string>> = {}) {
    return this.#start({ name, command: () => [process.execPath, ...args], core, env, log: this.log(name) });
  }

  async #start(spec: Parameters<typeof startServer>[0]): Promise<RunningServer> {
    const server = await startServer(spec);
    this.#running.push(server);
    return server;
  }
}
