/** Tags remembered one by one; beyond this everything is forgotten at once, which costs fills but never truth. */
const MOST_TAGS = 100_000;

/**
 * Counts how often each tag became untrue. An answer is good only while the epoch of its tags is the one its question
 * started with: no clock is asked, so a slow answer to an old question can never pass for a new one.
 */
export class Epochs {
  #clock = 0;
  #floor = 0;
  readonly #bumped = new Map<string, number>();

  /** What was known under these tags is no longer true. */
  bump(tags: readonly string[]): void {
    if (tags.length === 0) return;
    if (this.#bumped.size > MOST_TAGS) this.bumpAll();
    this.#clock += 1;
    for (const tag of tags) this.#bumped.set(tag, this.#clock);
  }

  /** Nothing that was known can be relied on. */
  bumpAll(): void {
    this.#clock += 1;
    this.#floor = this.#clock;
    this.#bumped.clear();
  }

  /** Changes with every bump, of whatever tags. */
  get version(): number {
    return this.#clock;
  }

  /** Grows whenever one of the tags is bumped; equal numbers mean nothing happened in between. */
  readonly of = (tags: readonly string[]): number => {
    let latest = this.#floor;
    for (const tag of tags) latest = Math.max(latest, this.#bumped.get(tag) ?? 0);
    return latest;
  };
}
