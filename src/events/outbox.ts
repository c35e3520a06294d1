import { RedisUnavailable } from '../core/faults.js';
import type { OnDrop, QueuedEvent } from './event-queue.js';
import type { MemoryQueue } from './memory-queue.js';
import type { StreamQueue } from './stream-queue.js';

/** Undefined while Redis is down. */
const ifAvailable = async <T>(work: Promise<T> | undefined): Promise<T | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RedisUnavailable) return undefined;
    throw error;
  }
};

/** Events that wait for delivery: in Redis, or in memory while Redis is down or not configured. */
export class Outbox {
  constructor(
    private readonly memory: MemoryQueue,
    private readonly stream: StreamQueue | undefined,
    private readonly onDrop: OnDrop,
  ) {}

  get length(): number {
    return this.memory.length + (this.stream?.length ?? 0);
  }

  async add(body: string): Promise<void> {
    const isShared = await ifAvailable(this.stream?.add(body).then(() => true));
    if (!isShared) this.memory.add(body);
  }

  /** Undefined when no event waits for this process. */
  async next(): Promise<QueuedEvent | undefined> {
    const event = this.memory.next() ?? (await ifAvailable(this.stream?.next()));
    return event && { body: event.body, acknowledge: async () => void (await ifAvailable(event.acknowledge())) };
  }

  /** Moves the events in memory to Redis, for other replicas or the next start. Without Redis they are lost. */
  async close(): Promise<void> {
    for (const body of this.memory.drain()) {
      // oxlint-disable-next-line no-await-in-loop -- keeps their order
      const isShared = await ifAvailable(this.stream?.add(body).then(() => true));
      if (!isShared) this.onDrop('lost', 1);
    }
    await ifAvailable(this.stream?.close());
  }
}
