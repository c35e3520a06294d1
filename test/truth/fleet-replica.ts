import { until } from '../support/far-end.js';
import { Replica } from '../support/start-replicas.js';
import { spawnGateway, type Started } from '../support/start-process.js';
import type { Tokens } from '../support/tokens.js';

/** A gateway among several that can be killed and comes back. */
export interface FleetReplica {
  /** Undefined while it is away. */
  readonly url: string | undefined;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Does nothing until it is resumed. Only a process of its own can be suspended. */
  suspend(): void;
  resume(): void;
}

/** A gateway in this process: killed is stopped without grace. */
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
    throw new Error('this replica lives in the process of the test');
  }

  resume(): void {
    throw new Error('this replica lives in the process of the test');
  }
}

/** A gateway as it runs in production, a process of its own: killed is SIGKILL. */
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
    await until('the gateway listens', () => started.url() !== '' || started.child.exitCode !== null, 30_000);
    if (started.url() === '') throw new Error(`the gateway did not start: ${started.said.err}${started.said.out}`);
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
