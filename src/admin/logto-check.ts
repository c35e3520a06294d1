import { UpstreamFault } from '../core/faults.js';
import type { HealthDetail } from '../observability/health.js';

/** However many probes come, Logto is called once in this time. */
const SUCCESS_TTL_MS = 5000;
/** Shorter, so that a recovery is noticed soon. */
const FAILURE_TTL_MS = 1000;

interface Result {
  readonly at: number;
  readonly fault: UpstreamFault | undefined;
}

const faultOf = (error: unknown): UpstreamFault =>
  error instanceof UpstreamFault ? error : new UpstreamFault('upstream.error', String(error), { cause: error });

/** Whether Logto is usable. Checked on demand, with the result cached for a few seconds. */
export class LogtoCheck {
  #last: Result | undefined;
  #running: Promise<Result> | undefined;
  #hasSucceeded = false;

  /**
   * @param check throws when Logto is not usable
   * @param onChange called when Logto begins to fail, fails in another way, or recovers
   * @param now monotonic milliseconds
   */
  constructor(
    private readonly check: () => Promise<unknown>,
    private readonly onChange: (fault: UpstreamFault | undefined) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether any check since the start has succeeded. */
  get hasSucceeded(): boolean {
    return this.#hasSucceeded;
  }

  /** Why Logto is not usable; undefined when it is. */
  async fault(): Promise<UpstreamFault | undefined> {
    const last = this.#last;
    if (last && this.now() - last.at < (last.fault ? FAILURE_TTL_MS : SUCCESS_TTL_MS)) return last.fault;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return (await this.#running).fault;
  }

  /** The last result, without a new check. */
  get detail(): HealthDetail {
    if (!this.#last) return { status: 'unknown' };
    const { at, fault } = this.#last;
    return { status: fault ? 'failing' : 'ok', code: fault?.code, ageMs: Math.round(this.now() - at) };
  }

  async #run(): Promise<Result> {
    const fault = await this.check().then(() => undefined, faultOf);
    if (fault?.code !== this.#last?.fault?.code) this.onChange(fault);
    this.#last = { at: this.now(), fault };
    this.#hasSucceeded ||= !fault;
    return this.#last;
  }
}
