import { randomUUID } from 'node:crypto';
import { ACKNOWLEDGE_EVENT, ADD_EVENT, NEXT_EVENT, REMOVE_CONSUMER } from '../redis/scripts/events.js';
import type { RedisScript } from '../redis/scripts/script.js';
import { isAfter } from '../core/position.js';
import { callScript, type SharedRedis } from '../redis/shared-redis.js';
import type { OnDrop, QueuedEvent } from './event-queue.js';

/** An event is claimed from a replica that was idle for this long. Must exceed the longest backoff. */
const CLAIM_AFTER_MS = 60_000;

const GROUP = 'gateways';

type Entry = readonly [id: string, fields: readonly [name: string, body: string]];

/**
 * A bounded queue of all replicas in a Redis stream, roughly in order. One replica delivers each event, and another one takes it
 * over when that replica crashes. When the queue is full, it drops the oldest event. Events that Redis loses are added again by
 * the replica that had added them, even if some were delivered before. Every method throws RedisUnavailable.
 */
export class StreamQueue {
  readonly #consumer = randomUUID();
  readonly #key: string;
  #held: { readonly id: string; readonly body: string } | undefined;
  /** The id of an event whose acknowledgement has not reached Redis yet. */
  #unacknowledged: string | undefined;
  #length = 0;
  /** Events that this process has added and that may not be delivered yet. */
  readonly #added = new Map<string, { readonly body: string; readonly replicationId: string }>();

  constructor(
    private readonly redis: SharedRedis,
    private readonly maxEvents: number,
    private readonly onDrop: OnDrop,
    /** Called when lost events were added again. */
    private readonly onRestored: () => void = () => undefined,
  ) {
    this.#key = redis.key('events');
    redis.onDataLoss(() => void this.#restore());
  }

  /** The length as of the last reply from Redis. */
  get length(): number {
    return this.#length;
  }

  async add(body: string): Promise<void> {
    const [dropped, id, replicationId] = (await this.#call(ADD_EVENT, body, this.maxEvents)) as [
      number,
      string,
      string,
    ];
    this.#added.set(id, { body, replicationId });
    if (dropped > 0) this.onDrop('full', dropped);
    this.#length = Math.min(this.maxEvents, this.#length + 1);
  }

  async next(): Promise<QueuedEvent | undefined> {
    if (this.#unacknowledged) await this.#acknowledge(this.#unacknowledged);
    const heldId = this.#held?.id ?? '';
    const [length, entries, [oldest], isNew, replicationId] = (await this.#call(
      NEXT_EVENT,
      GROUP,
      this.#consumer,
      heldId,
      CLAIM_AFTER_MS,
    )) as [number, (Entry | null)[], Entry[], 0 | 1, string];
    this.#length = length;
    for (const [id, added] of this.#added) {
      const isGone = !oldest || isAfter(oldest[0], id);
      // Another queue than the one it was added to: Redis has lost it, and it is added again once that is noticed.
      const isLost = isNew === 1 || added.replicationId !== replicationId;
      if (isGone && !isLost) this.#added.delete(id);
    }
    const [entry] = entries;
    this.#held = entry ? { id: entry[0], body: entry[1][1] } : undefined;
    const held = this.#held;
    return held && { body: held.body, acknowledge: () => this.#acknowledge(held.id) };
  }

  /** Returns the event that this process holds to the queue, and removes its consumer. */
  async close(): Promise<void> {
    if (this.#unacknowledged) await this.#acknowledge(this.#unacknowledged);
    await this.#call(REMOVE_CONSUMER, GROUP, this.#consumer, this.#held?.id ?? '', this.#held?.body ?? '');
    this.#held = undefined;
  }

  async #acknowledge(id: string): Promise<void> {
    if (this.#held?.id === id) this.#held = undefined;
    this.#unacknowledged = id;
    this.#length = Number(await this.#call(ACKNOWLEDGE_EVENT, GROUP, id));
    this.#unacknowledged = undefined;
    this.#added.delete(id);
  }

  /** Adds the events again that Redis has lost. */
  async #restore(): Promise<void> {
    const lost = [...this.#added.values()].map(({ body }) => body);
    this.#added.clear();
    this.#held = undefined;
    for (const body of lost) {
      // oxlint-disable-next-line no-await-in-loop -- keeps their order
      const isShared = await this.add(body).then(
        () => true,
        () => false,
      );
      if (!isShared) this.onDrop('lost', 1);
    }
    this.onRestored();
  }

  #call(script: RedisScript, ...args: (string | number)[]): Promise<unknown> {
    return this.redis.run((client) => callScript(client, script, [this.#key], ...args));
  }
}
