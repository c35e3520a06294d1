interface Waiting {
  readonly heard: Set<string>;
  needed: number;
  done: (complete: boolean) => void;
}

/**
 * Who has acknowledged which message. Acknowledgements may come before it is known how many there will be. Who stayed silent
 * once is not waited for again until it is heard of: it may have been stopped, or be about to leave.
 */
export class Acknowledgements {
  readonly #waiting = new Map<string, Waiting>();
  readonly #known = new Set<string>();
  readonly #silent = new Set<string>();

  /** @param longestMs how long anybody is waited for */
  constructor(private readonly longestMs: number) {}

  /** To be called before the message goes out, and `end` whatever happens. */
  expect(message: string) {
    const waiting: Waiting = { heard: new Set(), needed: Infinity, done: () => undefined };
    this.#waiting.set(message, waiting);
    return {
      /** Whether as many acknowledge in time as were told. */
      from: (told: number): Promise<boolean> => this.#complete(waiting, told),
      end: (): void => void this.#waiting.delete(message),
    };
  }

  note(message: string, sender: string): void {
    this.#known.add(sender);
    this.#silent.delete(sender);
    const waiting = this.#waiting.get(message);
    if (!waiting) return;
    waiting.heard.add(sender);
    if (waiting.heard.size >= waiting.needed) waiting.done(true);
  }

  #complete(waiting: Waiting, told: number): Promise<boolean> {
    const silent = [...this.#silent].filter((sender) => !waiting.heard.has(sender)).length;
    waiting.needed = told - silent;
    if (waiting.heard.size >= waiting.needed) return Promise.resolve(silent === 0);
    return new Promise((resolve) => {
      const giveUp = (): void => {
        for (const sender of this.#known) if (!waiting.heard.has(sender)) this.#silent.add(sender);
        waiting.done(false);
      };
      // What waits in the socket because this process was busy still counts.
      const timer = setTimeout(() => setImmediate(giveUp), this.longestMs);
      waiting.done = (complete) => {
        clearTimeout(timer);
        waiting.done = () => undefined;
        resolve(complete && silent === 0);
      };
    });
  }
}
