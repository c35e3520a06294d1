import type { Clock } from '../../src/upstream/clock.js';

/** Lets everything that can go on without time passing go on. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
};

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #due = new Set<{ readonly at: number; readonly action: () => void }>();

  now = (): number => this.#now;

  after = (ms: number, action: () => void): (() => void) => {
    const entry = { at: this.#now + ms, action };
    this.#due.add(entry);
    return () => this.#due.delete(entry);
  };

  /** How many wait for a time to come. */
  get waiting(): number {
    return this.#due.size;
  }

  /** Goes on by `ms`, doing what becomes due in its order, and what follows from it. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const [next] = [...this.#due].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
      if (!next) break;
      this.#now = Math.max(this.#now, next.at);
      this.#due.delete(next);
      next.action();
      await settle();
    }
    this.#now = end;
  }
}
