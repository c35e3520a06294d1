interface Waiting {
  readonly heard: Set<string>;
  told: number;
  done: (complete: boolean) => void;
}

/**
 * Who has acknowledged which message. Acknowledgements may come before it is known how many there will be. Who stayed silent
 * once is not waited for again until it is heard of: it may have been stopped, or be about to leave. Everybody else who is
 * known is waited for by name.
 */
export class Acknowledgements {
  readonly #waiting = new Map<string, Waiting>();
  readonly #known = new Set<string>();
  readonly #silent = new Set<string>();

  /** @param longestMs how long anybody is waited for */
  constructor(private readonly longestMs: number) {}

  /** To be called before the message goes out, and `end` whatever happens. */
  expect(message: string) {
    const waiting: Waiting = { heard: new Set(), told: Infinity, done: () => undefined };
    this.#waiting.set(message, waiting);
    return {
      /** Whether as many acknowledge in time as were told. */
      from: (told: number): Promise<boolean> => this.#complete(waiting, told),
      end: (): void => void this.#waiting.delete(message),
    };
  }

  /** Somebody is there, and hears. */
  greet(sender: string): void {
    this.#known.add(sender);
    this.#silent.delete(sender);
  }

  /** Somebody has left and is not waited for. */
  farewell(sender: string): void {
    this.#known.delete(sender);
    this.#silent.delete(sender);
  }

  note(message: string, sender: string): void {
    this.greet(sender);
    const waiting = this.#waiting.get(message);
    if (!waiting) return;
    waiting.heard.add(sender);
    if (this.#isOver(waiting)) waiting.done(this.#isComplete(waiting));
  }

  #isComplete({ heard, told }: Waiting): boolean {
    return heard.size >= told;
  }

  /** Nobody is left to wait for. */
  #isOver(waiting: Waiting): boolean {
    if (this.#isComplete(waiting)) {
      // All who were told are these: whoever else was known is gone.
      for (const sender of this.#known) if (!waiting.heard.has(sender)) this.farewell(sender);
      return true;
    }
    if (waiting.heard.size < waiting.told - this.#silent.size) return false;
    return [...this.#known].every((sender) => waiting.heard.has(sender) || this.#silent.has(sender));
  }

  #complete(waiting: Waiting, told: number): Promise<boolean> {
    waiting.told = told;
    if (this.#isOver(waiting)) return Promise.resolve(this.#isComplete(waiting));
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
        resolve(complete);
      };
    });
  }
}
