/** How often the event loop is asked whether it is on time. */
const EVERY_MS = 50;
/** One pause, however long, is a start-up or a garbage collection. A second one this soon after is no accident. */
const TOGETHER_MS = 1000;
/** Once the loop is on time, a quarter more is let in each time this has passed, so that it is not run over again. */
const STEP_MS = 250;
const STEP = 0.25;

/** Whether this process is behind with its work, judged by how late its event loop comes round. */
export class Overload {
  /** The share of requests refused: 0 when all is well, 1 when the loop is late. */
  #refused = 0;
  #lastTurn: number;
  #lateAt = -Infinity;
  #steppedAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param limitMs how late is too late; 0 never refuses anything
   * @param onChange told when requests begin to be refused, and when all are let in again
   * @param now milliseconds, never going back
   */
  constructor(
    private readonly limitMs: number,
    private readonly onChange: (overloaded: boolean) => void = () => undefined,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#lastTurn = now();
  }

  /** Whether the next request is to be refused. Costs a comparison. */
  refuses(): boolean {
    return this.#refused > 0 && Math.random() < this.#refused;
  }

  /** The share of requests that is refused at present. */
  get refused(): number {
    return this.#refused;
  }

  /** Begins to watch: to be called when starting up is over. */
  start(): void {
    if (this.limitMs === 0) return;
    this.#lastTurn = this.now();
    this.#timer = setInterval(() => this.turn(), EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The event loop has come round, 50 ms after the last time or later. */
  turn(): void {
    const now = this.now();
    const lateMs = now - this.#lastTurn - EVERY_MS;
    if (lateMs > this.limitMs) {
      if (this.#lastTurn - this.#lateAt < TOGETHER_MS) this.#refuse(1);
      this.#lateAt = now;
      this.#steppedAt = now;
    } else if (this.#refused > 0 && now - this.#steppedAt >= STEP_MS) {
      this.#refuse(this.#refused - STEP);
      this.#steppedAt = now;
    }
    this.#lastTurn = now;
  }

  #refuse(share: number): void {
    const before = this.#refused;
    this.#refused = share;
    if (before > 0 !== share > 0) this.onChange(share > 0);
  }
}
