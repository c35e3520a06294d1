import { until } from '../support/far-end.js';
import { Replica } from '../support/start-replicas.js';
import { spawnGateway, type Started } from '../support/start-process.js';
import type { Tokens } from '../support/tokens.js';

/** One of several gateways, which can be killed and restarted. */
export interface FleetReplica {
  /** Undefined while it is down. */
  readonly url: string | undefined;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Stops the process until it is resumed. Only works with a separate process. */
  suspend(): void;
  resume(): void;
}

/** A gateway in this process. To kill it means to stop it without a grace period. */
export class InProcess implements FleetReplica {
  readonly #replica: Replica;

  constructor(env: NodeJS.ProcessEnv, tokens: Tokens) {
    this.#replica = new Replica({ ...env, SHUTDOWN_GRACE_MS: '0' }, tokens);
  }

  get url(): string | undefined {
    return this.#replica.isRunning ? this.#replica.url : undefined;
  }

  start(): Promise<void> {
    return this.#replica.start(false);
  }

  kill(): Promise<void> {
    return this.#replica.stop();
  }

  suspend(): void {
    throw new Error('this replica runs in the process of the test');
  }

  resume(): void {
    throw new Error('this replica runs in the process of the test');
  }
}

/** A gateway in a separate process, as in production. It is killed by SIGKILL. */
export class OwnProcess implements FleetReplica {
  #started: Started | undefined;

  constructor(
    private readonly main: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  get url(): string | undefined {
    return this.#started?.url() || undefined;
  }

  async start(): Promise<void> {
    const started = (this.#started = spawnGateway(this.main, { env: this.env }));
    await until('the gateway to listen', () => started.url() !== '' || started.child.exitCode !== null, 30_000);
    if (started.url() === '') throw new Error(`the gateway did not start: ${started.output.err}${started.output.out}`);
  }

  async kill(): Promise<void> {
    const started = this.#started;
    this.#started = undefined;
    started?.child.kill('SIGKILL');
    await started?.ended;
  }

  suspend(): void {
    this.#started?.child.kill('SIGSTOP');
  }

  resume(): void {
    this.#started?.child.kill('SIGCONT');
  }
}
