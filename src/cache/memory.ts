import type { Entry } from './entry.js';
import type { Fence } from './fence.js';
import type { MemoryStore } from './memory-store.js';

/** What this process remembers: an entry counts only while nothing it speaks of was written. */
export class Memory {
  constructor(
    private readonly store: Pick<MemoryStore, 'get' | 'set' | 'changes'>,
    private readonly fence: Pick<Fence, 'of' | 'version'>,
    /** Milliseconds since the epoch. */
    readonly now: () => number = Date.now,
  ) {}

  /** While this stays the same, whatever `get` gave for any key it would give again. Both parts of it only grow. */
  get version(): number {
    return this.store.changes + this.fence.version;
  }

  /** The entry, if no write has made it untrue. It may be past its freshness. */
  get(key: string): Entry | undefined {
    const entry = this.recall(key);
    return entry && this.fence.of(entry.tags) === entry.epoch ? entry : undefined;
  }

  /** The entry, true or not: something to ask Logto about, nothing to answer with. */
  recall(key: string): Entry | undefined {
    return this.store.get(key)?.value;
  }

  /** Keeps the entry unless a write came between its question and now; says whether it did. */
  put(key: string, entry: Entry): boolean {
    if (this.fence.of(entry.tags) !== entry.epoch) return false;
    this.store.set(key, { value: entry });
    return true;
  }
}
