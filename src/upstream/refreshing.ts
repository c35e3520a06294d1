/** After a failure the same answer is not asked for again in the background so soon. */
const PAUSE_MS = 1000;

/** What is being asked again in the background: each once at a time, and nobody waits for it or hears of its failing. */
export class Refreshing {
  readonly #busyUntil = new Map<string, number>();

  /** @param now milliseconds since the epoch */
  constructor(private readonly now: () => number) {}

  /** @param ask tells whether it got an answer */
  start(key: string, ask: () => Promise<boolean>): void {
    const until = this.#busyUntil.get(key);
    if (until !== undefined && this.now() < until) return;
    this.#busyUntil.set(key, Infinity);
    ask().then(
      (answered) => (answered ? this.#busyUntil.delete(key) : this.#rest(key)),
      () => this.#rest(key),
    );
  }

  #rest(key: string): void {
    // Those whose pause is over are nobody's business any more, and must not pile up.
    for (const [other, until] of this.#busyUntil) if (until <= this.now()) this.#busyUntil.delete(other);
    this.#busyUntil.set(key, this.now() + PAUSE_MS);
  }
}
