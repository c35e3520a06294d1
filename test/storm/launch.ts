import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { until } from '../support/far-end.js';
import { Replica } from '../support/start-replicas.js';
import type { Tokens } from '../support/tokens.js';

/** A load balancer would only send requests to a gateway that is ready and synced. */
const untilReady = (url: string): Promise<void> =>
  until(
    'the gateway to be ready',
    async () => {
      const answer = await fetch(`${url}/health/ready`);
      const { details } = (await answer.json()) as { details?: { cache?: { sync?: string } } };
      return answer.ok && details?.cache?.sync === 'synced';
    },
    30_000,
  );

/** A gateway that can be killed and restarted. */
export interface Victim {
  /** Undefined while it is down. */
  readonly url: string | undefined;
  start(): Promise<void>;
  kill(): Promise<void>;
}

/** A gateway in this process. To kill it means to stop it without a grace period. */
export class InProcess implements Victim {
  readonly #replica: Replica;
  url: string | undefined;

  constructor(env: NodeJS.ProcessEnv, tokens: Tokens) {
    this.#replica = new Replica({ ...env, SHUTDOWN_GRACE_MS: '0' }, tokens);
  }

  async start(): Promise<void> {
    await this.#replica.start(false);
    await untilReady(this.#replica.url);
    this.url = this.#replica.url;
  }

  async kill(): Promise<void> {
    this.url = undefined;
    await this.#replica.stop();
  }
}

/** A gateway in a separate process, as in production; needs `npm run build`. It is killed by SIGKILL. */
export class OwnProcess implements Victim {
  #process: ChildProcess | undefined;
  url: string | undefined;

  constructor(private readonly env: NodeJS.ProcessEnv) {}

  async start(): Promise<void> {
    const child = spawn(process.execPath, ['dist/main.bundle.js'], {
      env: { ...process.env, ...this.env, PORT: '0', LOG_LEVEL: 'warn' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = child;
    const url = await new Promise<string>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the gateway ended with ${code} before it listened`)));
      createInterface(child.stdout as Readable).on('line', (line) => {
        const [, address] = /(http:\/\/localhost:\d+)/.exec(line) ?? [];
        if (address && !line.includes('"level"')) resolve(address);
      });
    });
    await untilReady(url);
    this.url = url;
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.url = undefined;
    if (!child || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
