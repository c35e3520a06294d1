import { randomUUID } from 'node:crypto';
import { ADD_EVENT, FINISH_EVENT, LEAVE_EVENTS, NEXT_EVENT } from '../redis/scripts/events.js';
import type { RedisScript } from '../redis/scripts/script.js';
import { isAfter } from '../cache/log-record.js';
import { callScript, type SharedRedis } from '../redis/shared-redis.js';
import type { OnDrop, TakenEvent } from './event-queue.js';

/** What another replica has not been heard of for so long is taken over. Longer than any pause between two tries. */
const TAKEN_OVER_AFTER_MS = 60_000;

const GROUP = 'gateways';

type Entry = readonly [id: string, fields: readonly [name: string, body: string]];

/**
 * Events of all replicas in a Redis stream, about oldest first: each is taken by one replica, and by another when that one
 * dies. The oldest make room. What dies with Redis is added again by whoever had added it; some of it may have been
 * delivered. Every method throws RedisUnavailable.
 */
export class StreamQueue {
  readonly #consumer = randomUUID();
  readonly #key: string;
  #held: { readonly id: string; readonly body: string } | undefined;
  /** Done, but Redis could not be told. */
  #finished: string | undefined;
  #length = 0;
  /** What this process added and nobody is known to have finished. */
  readonly #added = new Map<string, string>();

  constructor(
    private readonly redis: SharedRedis,
    private readonly most: number,
    private readonly onDrop: OnDrop,
    private readonly takenOverAfterMs = TAKEN_OVER_AFTER_MS,
    /** Told when there is something to take again. */
    private readonly onRestored: () => void = () => undefined,
  ) {
    this.#key = redis.key('events');
    redis.onLoss(() => void this.#addAgain());
  }

  /** As Redis last told it. */
  get length(): number {
    return this.#length;
  }

  async add(body: string): Promise<void> {
    const [dropped, id] = (await this.#ask(ADD_EVENT, body, this.most)) as [number, string];
    this.#added.set(id, body);
    if (dropped > 0) this.onDrop('full', dropped);
    this.#length = Math.min(this.most, this.#length + 1);
  }

  async next(): Promise<TakenEvent | undefined> {
    if (this.#finished) await this.#finish(this.#finished);
    const held = this.#held?.id ?? '';
    const [length, entries, [oldest]] = (await this.#ask(
      NEXT_EVENT,
      GROUP,
      this.#consumer,
      held,
      this.takenOverAfterMs,
    )) as [number, (Entry | null)[], Entry[]];
    this.#length = length;
    for (const id of this.#added.keys()) if (!oldest || isAfter(oldest[0], id)) this.#added.delete(id);
    const [entry] = entries;
    this.#held = entry ? { id: entry[0], body: entry[1][1] } : undefined;
    const taken = this.#held;
    return taken && { body: taken.body, done: () => this.#finish(taken.id) };
  }

  /** Gives back what was taken, and takes no more. */
  async leave(): Promise<void> {
    if (this.#finished) await this.#finish(this.#finished);
    await this.#ask(LEAVE_EVENTS, GROUP, this.#consumer, this.#held?.id ?? '', this.#held?.body ?? '');
    this.#held = undefined;
  }

  async #finish(id: string): Promise<void> {
    if (this.#held?.id === id) this.#held = undefined;
    this.#finished = id;
    this.#length = Number(await this.#ask(FINISH_EVENT, GROUP, id));
    this.#finished = undefined;
    this.#added.delete(id);
  }

  async #addAgain(): Promise<void> {
    const lost = [...this.#added.values()];
    this.#added.clear();
    this.#held = undefined;
    for (const body of lost) {
      // oxlint-disable-next-line no-await-in-loop -- in their order
      const isShared = await this.add(body).then(
        () => true,
        () => false,
      );
      if (!isShared) this.onDrop('lost', 1);
    }
    this.onRestored();
  }

  #ask(script: RedisScript, ...args: (string | number)[]): Promise<unknown> {
    return this.redis.run((client) => callScript(client, script, [this.#key], ...args));
  }
}
