import type { Cache } from 'cache-manager';
import type { UpstreamReply } from '../upstream/exchange.js';
import type { Epochs } from './epochs.js';

/** One remembered answer and what it takes to judge it later. */
export interface Entry {
  readonly reply: UpstreamReply;
  /** Milliseconds since the epoch. */
  readonly storedAt: number;
  readonly freshMs: number;
  readonly tags: readonly string[];
  /** `Epochs.of(tags)` when the question was asked. */
  readonly epoch: number;
}

/** The meaning on top of the store: an entry counts only while nothing it speaks of was written. */
export class Entries {
  constructor(
    /** Undefined: nothing is remembered. */
    private readonly store: Pick<Cache, 'get' | 'set'> | undefined,
    private readonly epochs: Epochs,
    readonly now: () => number = Date.now,
  ) {}

  /** The entry, if a write has not made it untrue. It may be past its freshness. */
  async get(key: string): Promise<Entry | undefined> {
    const entry = await this.store?.get<Entry>(key);
    return entry && this.epochs.of(entry.tags) === entry.epoch ? entry : undefined;
  }

  /** Keeps the entry unless a write came between its question and now; says whether it did. */
  async put(key: string, entry: Entry): Promise<boolean> {
    if (!this.store || this.epochs.of(entry.tags) !== entry.epoch) return false;
    await this.store.set(key, entry, entry.freshMs);
    return true;
  }
}
