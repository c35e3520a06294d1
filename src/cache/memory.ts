import type { Entry } from './entry.js';
import type { MemoryStore } from './memory-store.js';
import type { TagVersions } from './tag-versions.js';

/** What this process remembers: an entry counts only while nothing it speaks of was written, or is being written. */
export class Memory {
  constructor(
    private readonly store: Pick<MemoryStore, 'get' | 'set' | 'changes'>,
    private readonly versions: Pick<TagVersions, 'isTrue' | 'isBeingWritten' | 'changes'>,
    /** Milliseconds since the epoch. */
    readonly now: () => number = Date.now,
  ) {}

  /** While this stays the same, whatever `get` gave for any key it would give again. Both parts of it only grow. */
  get version(): number {
    return this.store.changes + this.versions.changes;
  }

  /** The entry, if no write has made it untrue. It may be past its freshness. */
  get(key: string): Entry | undefined {
    const entry = this.getUnwritten(key);
    return entry && !this.versions.isBeingWritten(entry.tags) ? entry : undefined;
  }

  /** The same, though it may be about to become untrue: for whoever cannot ask Logto. */
  getUnwritten(key: string): Entry | undefined {
    const entry = this.recall(key);
    return entry && this.versions.isTrue(entry.tags, entry.asOf) ? entry : undefined;
  }

  /** The entry, true or not: something to ask Logto about, nothing to answer with. */
  recall(key: string): Entry | undefined {
    return this.store.get(key)?.value;
  }

  /** Keeps the entry unless something it speaks of was written since its question; says whether it did. */
  put(key: string, entry: Entry): boolean {
    const { tags, asOf } = entry;
    if (!this.versions.isTrue(tags, asOf) || this.versions.isBeingWritten(tags)) return false;
    this.store.set(key, { value: entry });
    return true;
  }
}
