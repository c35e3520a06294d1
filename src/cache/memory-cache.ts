import type { Entry } from './entry.js';
import type { MemoryStore } from './memory-store.js';
import type { TagVersions } from './tag-versions.js';

/** The cache of this process. An entry is valid while none of its tags was written since, or is being written. */
export class MemoryCache {
  constructor(
    private readonly store: Pick<MemoryStore, 'get' | 'set' | 'changes'>,
    private readonly versions: Pick<TagVersions, 'isValid' | 'isBeingWritten' | 'changes'>,
    /** Milliseconds since the epoch. */
    readonly now: () => number = Date.now,
  ) {}

  /** While this is unchanged, `get` returns the same for every key. Both summands only grow. */
  get version(): number {
    return this.store.changes + this.versions.changes;
  }

  /** The entry, if it is valid. It may be stale. */
  get(key: string): Entry | undefined {
    const entry = this.getUnlessWritten(key);
    return entry && !this.versions.isBeingWritten(entry.tags) ? entry : undefined;
  }

  /** Like `get`, but also while one of its tags is being written: for when Logto fails. */
  getUnlessWritten(key: string): Entry | undefined {
    const entry = this.getStored(key);
    return entry && this.versions.isValid(entry.tags, entry.asOf) ? entry : undefined;
  }

  /** The entry, valid or not: it may be revalidated, but not served. */
  getStored(key: string): Entry | undefined {
    return this.store.get(key)?.value;
  }

  /** Stores the entry if it is valid. Returns whether it did. */
  put(key: string, entry: Entry): boolean {
    const { tags, asOf } = entry;
    if (!this.versions.isValid(tags, asOf) || this.versions.isBeingWritten(tags)) return false;
    this.store.set(key, { value: entry });
    return true;
  }
}
