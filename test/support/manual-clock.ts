import type { Clock } from '../../src/core/clock.js';

/** Runs everything that does not wait for time. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
};

/** A clock that only moves when a test advances it. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #due = new Set<{ readonly at: number; readonly action: () => void }>();

  now = (): number => this.#now;

  after = (ms: number, action: () => void): (() => void) => {
    const entry = { at: this.#now + ms, action };
    this.#due.add(entry);
    return () => this.#due.delete(entry);
  };

  /** The number of pending timers. */
  get waiting(): number {
    return this.#due.size;
  }

  /** Advances by `ms`, and runs timers that become due in their order, with their consequences. */
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
