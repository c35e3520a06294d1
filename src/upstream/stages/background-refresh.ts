/** After a failed refresh, the next one for the same key waits this long. */
const BACKOFF_MS = 1000;

/** Refreshes stale replies in the background, one refresh per key at a time. Its failures reach nobody. */
export class BackgroundRefresh {
  /** When the next refresh of a key may start; Infinity while one runs. */
  readonly #blockedUntil = new Map<string, number>();

  /** @param now milliseconds since the epoch */
  constructor(private readonly now: () => number) {}

  /** @param refresh resolves with whether Logto answered */
  start(key: string, refresh: () => Promise<boolean>): void {
    const until = this.#blockedUntil.get(key);
    if (until !== undefined && this.now() < until) return;
    this.#blockedUntil.set(key, Infinity);
    refresh().then(
      (answered) => (answered ? this.#blockedUntil.delete(key) : this.#backOff(key)),
      () => this.#backOff(key),
    );
  }

  #backOff(key: string): void {
    // Expired entries must not pile up.
    for (const [other, until] of this.#blockedUntil) if (until <= this.now()) this.#blockedUntil.delete(other);
    this.#blockedUntil.set(key, this.now() + BACKOFF_MS);
  }
}
