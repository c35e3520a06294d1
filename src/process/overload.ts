/** How often the lag of the event loop is measured. */
const INTERVAL_MS = 50;
/** One pause of any length may be the start-up or a garbage collection. A second one within this time is overload. */
const REPEAT_WITHIN_MS = 1000;
/** Once the loop is on time, another quarter of the requests is admitted after each such step. All at once could overload it again. */
const STEP_MS = 250;
const STEP = 0.25;

/** Detects by the lag of the event loop that this process has more work than it can do. */
export class Overload {
  /** The share of requests refused: 0 when the loop is on time, 1 when it is late. */
  #refused = 0;
  #lastTick: number;
  #lateAt = -Infinity;
  #steppedAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param limitMs the lag above which requests are refused; 0 refuses none
   * @param onChange called when requests begin to be refused, and when all are admitted again
   * @param now monotonic milliseconds
   */
  constructor(
    private readonly limitMs: number,
    private readonly onChange: (overloaded: boolean) => void = () => undefined,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#lastTick = now();
  }

  /** Whether to refuse the next request. */
  refuses(): boolean {
    return this.#refused > 0 && Math.random() < this.#refused;
  }

  /** The share of requests that is refused now. */
  get refused(): number {
    return this.#refused;
  }

  /** Starts measuring. Call it after the start-up, which blocks the loop. */
  start(): void {
    if (this.limitMs === 0) return;
    this.#lastTick = this.now();
    this.#timer = setInterval(() => this.tick(), INTERVAL_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Measures how much later than 50 ms after the last tick the event loop ran the timer. */
  tick(): void {
    const now = this.now();
    const lagMs = now - this.#lastTick - INTERVAL_MS;
    if (lagMs > this.limitMs) {
      if (this.#lastTick - this.#lateAt < REPEAT_WITHIN_MS) this.#refuse(1);
      this.#lateAt = now;
      this.#steppedAt = now;
    } else if (this.#refused > 0 && now - this.#steppedAt >= STEP_MS) {
      this.#refuse(this.#refused - STEP);
      this.#steppedAt = now;
    }
    this.#lastTick = now;
  }

  #refuse(share: number): void {
    const before = this.#refused;
    this.#refused = share;
    if (before > 0 !== share > 0) this.onChange(share > 0);
  }
}
