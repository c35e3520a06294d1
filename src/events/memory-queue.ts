import type { OnDrop, QueuedEvent } from './event-queue.js';

/** A bounded queue in this process. When it is full, it drops the oldest event. */
export class MemoryQueue {
  #events: { readonly body: string }[] = [];

  constructor(
    private readonly maxEvents: number,
    private readonly onDrop: OnDrop,
  ) {}

  get length(): number {
    return this.#events.length;
  }

  add(body: string): void {
    if (this.#events.length >= this.maxEvents) {
      this.#events.shift();
      this.onDrop('full', 1);
    }
    this.#events.push({ body });
  }

  next(): QueuedEvent | undefined {
    const [first] = this.#events;
    return first && { body: first.body, acknowledge: async () => this.#remove(first) };
  }

  /** Removes and returns all events. */
  drain(): string[] {
    const bodies = this.#events.map(({ body }) => body);
    this.#events = [];
    return bodies;
  }

  /** Does nothing when the event was dropped meanwhile. */
  #remove(event: { readonly body: string }): void {
    this.#events = this.#events.filter((other) => other !== event);
  }
}
