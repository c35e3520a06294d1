import { UpstreamFault } from '../upstream/upstream-fault.js';
import type { HealthDetail } from './health.js';

/** A good word is good for this long, so that probes, however many, cost Logto a call every few seconds. */
const GOOD_FOR_MS = 5000;
/** A bad one for less: what is well again is put to use again soon. */
const BAD_FOR_MS = 1000;

interface Finding {
  readonly at: number;
  readonly fault: UpstreamFault | undefined;
}

const faultOf = (error: unknown): UpstreamFault =>
  error instanceof UpstreamFault ? error : new UpstreamFault('upstream.error', String(error), { cause: error });

/** Whether Logto can be worked with. Asked when somebody wants to know, and not more often than makes sense. */
export class LogtoCheck {
  #last: Finding | undefined;
  #asking: Promise<Finding> | undefined;
  #everWell = false;

  /**
   * @param ask throws when Logto cannot be worked with
   * @param onChange told when Logto becomes ill or well
   * @param now milliseconds, never going back
   */
  constructor(
    private readonly ask: () => Promise<unknown>,
    private readonly onChange: (fault: UpstreamFault | undefined) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether Logto was ever found well. */
  get everWell(): boolean {
    return this.#everWell;
  }

  /** What is wrong with Logto, known for a few seconds at most; undefined when nothing is. */
  async fault(): Promise<UpstreamFault | undefined> {
    const last = this.#last;
    if (last && this.now() - last.at < (last.fault ? BAD_FOR_MS : GOOD_FOR_MS)) return last.fault;
    this.#asking ??= this.#find().finally(() => {
      this.#asking = undefined;
    });
    return (await this.#asking).fault;
  }

  /** What is known, without asking. */
  get detail(): HealthDetail {
    if (!this.#last) return { status: 'unknown' };
    const { at, fault } = this.#last;
    return { status: fault ? 'failing' : 'ok', code: fault?.code, ageMs: Math.round(this.now() - at) };
  }

  async #find(): Promise<Finding> {
    const fault = await this.ask().then(() => undefined, faultOf);
    if (fault?.code !== this.#last?.fault?.code) this.onChange(fault);
    this.#last = { at: this.now(), fault };
    this.#everWell ||= !fault;
    return this.#last;
  }
}
