import { RedisUnavailable } from '../redis/shared-redis.js';
import type { OnDrop, TakenEvent } from './event-queue.js';
import type { MemoryQueue } from './memory-queue.js';
import type { StreamQueue } from './stream-queue.js';

const unlessAway = async <T>(work: Promise<T> | undefined): Promise<T | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RedisUnavailable) return undefined;
    throw error;
  }
};

/** Events that wait for delivery: in Redis where there is one, in memory while it is away or where there is none. */
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
    const isShared = await unlessAway(this.stream?.add(body).then(() => true));
    if (!isShared) this.memory.add(body);
  }

  /** Undefined when nothing waits here. */
  async next(): Promise<TakenEvent | undefined> {
    const taken = this.memory.next() ?? (await unlessAway(this.stream?.next()));
    return taken && { body: taken.body, done: async () => void (await unlessAway(taken.done())) };
  }

  /** The end of this process: what it holds goes to Redis, for the others or for the next start; without one it is lost. */
  async leave(): Promise<void> {
    for (const body of this.memory.takeAll()) {
      // oxlint-disable-next-line no-await-in-loop -- in their order
      const isShared = await unlessAway(this.stream?.add(body).then(() => true));
      if (!isShared) this.onDrop('lost', 1);
    }
    await unlessAway(this.stream?.leave());
  }
}
