import type { OnDrop, TakenEvent } from './event-queue.js';

/** Events of this process, oldest first; the oldest make room. They end with it. */
export class MemoryQueue {
  #events: { readonly body: string }[] = [];

  constructor(
    private readonly most: number,
    private readonly onDrop: OnDrop,
  ) {}

  get length(): number {
    return this.#events.length;
  }

  add(body: string): void {
    if (this.#events.length >= this.most) {
      this.#events.shift();
      this.onDrop('full', 1);
    }
    this.#events.push({ body });
  }

  next(): TakenEvent | undefined {
    const [first] = this.#events;
    return first && { body: first.body, done: async () => this.#remove(first) };
  }

  /** Empties it. */
  takeAll(): string[] {
    const bodies = this.#events.map(({ body }) => body);
    this.#events = [];
    return bodies;
  }

  /** It may have made room for others meanwhile. */
  #remove(event: { readonly body: string }): void {
    this.#events = this.#events.filter((other) => other !== event);
  }
}
