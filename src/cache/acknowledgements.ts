interface Waiting {
  readonly heard: Set<string>;
  /** Those who arrived after the message was told: they know what it says. */
  readonly excused: Set<string>;
  told: number;
  /** No acknowledgement can have been missed. */
  isWhole: boolean;
  onOver: () => void;
}

/**
 * Who has acknowledged which message. Acknowledgements may come before it is known how many there will be. Everybody who is
 * known is waited for by name, also those whom Redis has lost, for they may not have noticed. Until all are known by name
 * as many are waited for as Redis has told.
 */
export class Acknowledgements {
  readonly #waiting = new Map<string, Waiting>();
  readonly #known: Set<string>;
  #knowsAll = false;

  /** @param self acknowledges, too: what others said before it has been heard */
  constructor(private readonly self: string) {
    this.#known = new Set([self]);
  }

  /** To be called before the message goes out, and `end` whatever happens. */
  expect(message: string) {
    const waiting: Waiting = {
      heard: new Set(),
      excused: new Set(),
      told: Infinity,
      isWhole: true,
      onOver: () => undefined,
    };
    this.#waiting.set(message, waiting);
    return {
      /** Fulfilled when nobody is left to wait for. */
      from: (told: number): Promise<void> =>
        new Promise((resolve) => {
          waiting.told = told;
          waiting.onOver = resolve;
          this.#review(waiting);
        }),
      /** Whether as many have acknowledged as were told. */
      isComplete: (): boolean => waiting.heard.size >= waiting.told,
      /** Whoever has not acknowledged is not waited for any more, until it arrives anew. */
      giveUp: (): void => this.#giveUp(waiting),
      end: (): void => void this.#waiting.delete(message),
    };
  }

  /** Somebody is there. */
  meet(sender: string): void {
    this.#known.add(sender);
  }

  /** Somebody told everybody that it arrives: it relies on nothing before it has heard so itself, and all that was told before. */
  greet(sender: string): void {
    this.meet(sender);
    for (const waiting of this.#waiting.values()) {
      // What one says oneself is heard in the order in which it was told: the message came first.
      if (!waiting.heard.has(this.self)) continue;
      waiting.excused.add(sender);
      this.#review(waiting);
    }
  }

  /** Somebody has left and is not waited for. */
  farewell(sender: string): void {
    this.#known.delete(sender);
    this.#reviewAll();
  }

  note(message: string, sender: string): void {
    if (!this.#knowsAll) this.#known.add(sender);
    const waiting = this.#waiting.get(message);
    if (!waiting) return;
    waiting.heard.add(sender);
    this.#review(waiting);
  }

  /** Acknowledgements and arrivals may have been missed: who is there has to be found out anew. */
  miss(): void {
    this.#knowsAll = false;
    for (const waiting of this.#waiting.values()) waiting.isWhole = false;
  }

  #review(waiting: Waiting): void {
    const { heard, told, isWhole } = waiting;
    const isComplete = heard.size >= told;
    if (isComplete && isWhole && heard.has(this.self)) this.#knowsAll = true;
    if ((this.#knowsAll || isComplete) && this.#missingOf(waiting).length === 0) waiting.onOver();
  }

  #reviewAll(): void {
    for (const waiting of this.#waiting.values()) this.#review(waiting);
  }

  #missingOf({ heard, excused }: Waiting): string[] {
    return [...this.#known].filter((sender) => !heard.has(sender) && !excused.has(sender));
  }

  #giveUp(waiting: Waiting): void {
    if (!waiting.isWhole || !waiting.heard.has(this.self)) return;
    for (const sender of this.#missingOf(waiting)) this.#known.delete(sender);
    this.#knowsAll = true;
    this.#reviewAll();
  }
}
