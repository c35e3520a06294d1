import { randomUUID } from 'node:crypto';
import type { SharedRedis } from '../redis/shared-redis.js';
import type { OnDrop, TakenEvent } from './event-queue.js';

/** What another replica has not been heard of for so long is taken over. Longer than any pause between two tries. */
const TAKEN_OVER_AFTER_MS = 60_000;

const GROUP = 'gateways';

const ADD = `
local dropped = 0
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[2]) then
  dropped = redis.call('XTRIM', KEYS[1], 'MAXLEN', tonumber(ARGV[2]) - 1)
end
redis.call('XADD', KEYS[1], '*', 'event', ARGV[1])
return dropped`;

// What this consumer holds; else what a dead one held; else a new one. Asking for what one holds keeps others off it.
const NEXT = `
local group, consumer, held = ARGV[1], ARGV[2], ARGV[3]
redis.pcall('XGROUP', 'CREATE', KEYS[1], group, '0', 'MKSTREAM')
local entries = {}
if held ~= '' then entries = redis.call('XCLAIM', KEYS[1], group, consumer, 0, held) end
if #entries == 0 then
  entries = redis.call('XAUTOCLAIM', KEYS[1], group, consumer, ARGV[4], '0-0', 'COUNT', 1)[2]
end
if #entries == 0 then
  local fresh = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', 1, 'STREAMS', KEYS[1], '>')
  if fresh then entries = fresh[1][2] end
end
return { redis.call('XLEN', KEYS[1]), entries }`;

const DONE = `
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
return redis.call('XLEN', KEYS[1])`;

// Others take a held event over only after a while: put back anew they see it at once.
const LEAVE = `
local group, consumer, held, body = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if held ~= '' and redis.call('XDEL', KEYS[1], held) == 1 then redis.call('XADD', KEYS[1], '*', 'event', body) end
redis.pcall('XACK', KEYS[1], group, held)
return redis.pcall('XGROUP', 'DELCONSUMER', KEYS[1], group, consumer)`;

type Entry = readonly [id: string, fields: readonly [name: string, body: string]];

/**
 * Events of all replicas in a Redis stream, about oldest first: each is taken by one replica, and by another when that one
 * dies. The oldest make room. Every method throws RedisUnavailable.
 */
export class StreamQueue {
  readonly #consumer = randomUUID();
  readonly #key: string;
  #held: { readonly id: string; readonly body: string } | undefined;
  /** Done, but Redis could not be told. */
  #finished: string | undefined;
  #length = 0;

  constructor(
    private readonly redis: SharedRedis,
    private readonly most: number,
    private readonly onDrop: OnDrop,
    private readonly takenOverAfterMs = TAKEN_OVER_AFTER_MS,
  ) {
    this.#key = redis.key('events');
  }

  /** As Redis last told it. */
  get length(): number {
    return this.#length;
  }

  async add(body: string): Promise<void> {
    const dropped = Number(await this.#ask(ADD, body, this.most));
    if (dropped > 0) this.onDrop('full', dropped);
    this.#length = Math.min(this.most, this.#length + 1);
  }

  async next(): Promise<TakenEvent | undefined> {
    if (this.#finished) await this.#finish(this.#finished);
    const held = this.#held?.id ?? '';
    const [length, entries] = (await this.#ask(NEXT, GROUP, this.#consumer, held, this.takenOverAfterMs)) as [
      number,
      (Entry | null)[],
    ];
    this.#length = length;
    const [entry] = entries;
    this.#held = entry ? { id: entry[0], body: entry[1][1] } : undefined;
    const taken = this.#held;
    return taken && { body: taken.body, done: () => this.#finish(taken.id) };
  }

  /** Gives back what was taken, and takes no more. */
  async leave(): Promise<void> {
    if (this.#finished) await this.#finish(this.#finished);
    await this.#ask(LEAVE, GROUP, this.#consumer, this.#held?.id ?? '', this.#held?.body ?? '');
    this.#held = undefined;
  }

  async #finish(id: string): Promise<void> {
    if (this.#held?.id === id) this.#held = undefined;
    this.#finished = id;
    this.#length = Number(await this.#ask(DONE, GROUP, id));
    this.#finished = undefined;
  }

  #ask(script: string, ...args: (string | number)[]): Promise<unknown> {
    return this.redis.run((client) => client.eval(script, 1, this.#key, ...args));
  }
}
