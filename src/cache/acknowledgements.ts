/** With the time Redis itself may take this stays below the 100 ms that a write may wait for others. */
const LONGEST_WAIT_MS = 45;
/** A replica that was silent once is not waited for again so soon: it may have been stopped, or be about to leave. */
const FORGIVEN_AFTER_MS = 10_000;

interface Waiting {
  heard: number;
  needed: number;
  done: (complete: boolean) => void;
}

/** Counts who has acknowledged which message. Acknowledgements may come before it is known how many there will be. */
export class Acknowledgements {
  readonly #waiting = new Map<string, Waiting>();
  #silent = 0;
  #silentUntil = 0;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** To be called before the message goes out, and `end` whatever happens. */
  expect(message: string) {
    const waiting: Waiting = { heard: 0, needed: Infinity, done: () => undefined };
    this.#waiting.set(message, waiting);
    return {
      /** Whether so many acknowledge in time, apart from those that have been silent lately. */
      from: (told: number): Promise<boolean> => this.#complete(waiting, told),
      end: (): void => void this.#waiting.delete(message),
    };
  }

  note(message: string): void {
    const waiting = this.#waiting.get(message);
    if (!waiting) return;
    waiting.heard += 1;
    if (waiting.heard >= waiting.needed) waiting.done(true);
  }

  #complete(waiting: Waiting, told: number): Promise<boolean> {
    const silent = this.now() < this.#silentUntil ? this.#silent : 0;
    waiting.needed = told - silent;
    if (waiting.heard >= waiting.needed) return Promise.resolve(silent === 0);
    return new Promise((resolve) => {
      const giveUp = (): void => {
        this.#silent = told - waiting.heard;
        this.#silentUntil = this.now() + FORGIVEN_AFTER_MS;
        waiting.done(false);
      };
      // What waits in the socket because this process was busy still counts.
      const timer = setTimeout(() => setImmediate(giveUp), LONGEST_WAIT_MS);
      waiting.done = (complete) => {
        clearTimeout(timer);
        waiting.done = () => undefined;
        resolve(complete && silent === 0);
      };
    });
  }
}
