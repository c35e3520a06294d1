import { BEGINNING, isAfter, type Position, timeOf } from '../core/position.js';
import { EVERYTHING, type LogRecord } from './log-record.js';

/** Beyond this, old versions are merged into the floor: that costs cache misses, but never serves an invalid reply. */
const MAX_TAGS = 100_000;

/** When something was last invalidated: as a count of changes in this process, and as a position in the shared log. */
interface Version {
  readonly change: number;
  readonly position: Position;
}

interface Write {
  readonly tags: readonly string[];
  readonly endsAt: number;
}

const overlaps = (written: readonly string[], tags: readonly string[]): boolean =>
  written.some((tag) => tag === EVERYTHING || tags.includes(tag));

/** The `asOf` of a reply that must not be cached, because one of its tags was being written when Logto was asked. */
export const NEVER = -1;

/**
 * The fold of the write log: which tags are being written, and when each was last invalidated. Validity is decided by counts and
 * positions and not by clocks, so a slow reply to an old read can never pass for a new one.
 */
export class TagVersions {
  #changes = 0;
  #position: Position = BEGINNING;
  /** The version of every tag that is not in `#latest`. */
  #floor: Version = { change: 0, position: BEGINNING };
  readonly #latest = new Map<string, Version>();
  readonly #writing = new Map<string, Write>();
  /** Writes that have ended in this process, but whose `end` was not read from the log yet. */
  readonly #endedHere = new Map<string, { readonly change: number; readonly tags: readonly string[] }>();

  /** @param now Redis' clock in milliseconds; only decides when a write without an `end` counts as ended */
  constructor(private readonly now: () => number = Date.now) {}

  /** Grows with everything that is applied. */
  get changes(): number {
    return this.#changes;
  }

  /** How far the log was read. */
  get position(): Position {
    return this.#position;
  }

  /** The version of a reply that Logto is asked for now; `NEVER` while one of its tags is being written. */
  asOf(tags: readonly string[]): number {
    return this.isBeingWritten(tags) ? NEVER : this.#changes;
  }

  /** Grows whenever one of the tags is invalidated. */
  readonly versionOf = (tags: readonly string[]): number => {
    let latest = this.#floor.change;
    for (const tag of tags) latest = Math.max(latest, this.#latest.get(tag)?.change ?? 0);
    return latest;
  };

  isBeingWritten(tags: readonly string[]): boolean {
    this.#endOverdue();
    for (const { tags: written } of this.#writing.values()) if (overlaps(written, tags)) return true;
    return false;
  }

  /** Whether no replica has invalidated any of the tags since `asOf`. */
  isValid(tags: readonly string[], asOf: number): boolean {
    this.#endOverdue();
    return asOf !== NEVER && this.versionOf(tags) <= asOf;
  }

  /** The same for a reply that another replica asked for when it had read the log up to `position`. */
  isValidAt(tags: readonly string[], position: Position): boolean {
    this.#endOverdue();
    const isLater = (version: Version | undefined): boolean =>
      version !== undefined && isAfter(version.position, position);
    if (isLater(this.#floor) || tags.some((tag) => isLater(this.#latest.get(tag)))) return false;
    // The position at which a write of this process ended is unknown until it is read from the log.
    for (const { tags: ended } of this.#endedHere.values()) if (overlaps(ended, tags)) return false;
    return true;
  }

  /** Applies the next record of the log. */
  apply(record: LogRecord, position: Position): void {
    this.#position = position;
    if (record.type === 'begin') {
      this.begin(record, timeOf(position) + record.forMs);
      return;
    }
    const endedHere = this.#endedHere.get(record.write);
    for (const write of [record.write, ...record.write.split(',')]) {
      this.#writing.delete(write);
      this.#endedHere.delete(write);
    }
    // There were too many pending writes, so this record stands for all of them without naming them.
    if (endedHere && record.tags.includes(EVERYTHING)) this.#endedHere.clear();
    this.#invalidate(record.tags, endedHere?.change ?? (this.#changes += 1), position);
  }

  /** A write begins: until it ends, nothing with its tags is served from memory or stored. */
  begin({ write, tags }: Pick<LogRecord, 'write' | 'tags'>, endsAt: number): void {
    this.#changes += 1;
    this.#writing.set(write, { tags, endsAt });
  }

  /** A write of this process ends, before its record is read from the log. No tags means that it was never sent. */
  end({ write, tags }: Pick<LogRecord, 'write' | 'tags'>): void {
    this.#writing.delete(write);
    this.#invalidate(tags, (this.#changes += 1), this.#position);
  }

  /** Marks an `end` that was applied here already, so that its record does not invalidate what was read since. */
  expectEnd({ write, tags }: Pick<LogRecord, 'write' | 'tags'>): void {
    if (this.#endedHere.size > MAX_TAGS) this.#endedHere.clear();
    this.#endedHere.set(write, { change: this.#changes, tags });
  }

  /**
   * Invalidates everything, because the log does not continue where this process has read it. Writes in progress stay in
   * progress, because their ends are still to come.
   * @param first the first record in the log now
   */
  reset(first: Position): void {
    this.#floor = { change: (this.#changes += 1), position: first };
    this.#position = first;
    this.#latest.clear();
    this.#endedHere.clear();
  }

  #invalidate(tags: readonly string[], change: number, position: Position): void {
    if (tags.includes(EVERYTHING)) this.#raiseFloor(change, position);
    else if (this.#latest.size > MAX_TAGS) this.#raiseFloor(this.#changes, position);
    else for (const tag of tags) this.#latest.set(tag, { change: Math.max(change, this.versionOf([tag])), position });
  }

  #raiseFloor(change: number, position: Position): void {
    this.#floor = { change: Math.max(change, this.#floor.change), position };
    // A tag may have a later change than a write of this process whose record is read only now.
    for (const [tag, version] of this.#latest) if (version.change <= change) this.#latest.delete(tag);
  }

  /** Ends the writes of crashed replicas, which may have taken effect. */
  #endOverdue(): void {
    if (this.#writing.size === 0) return;
    const now = this.now();
    for (const [write, { tags, endsAt }] of this.#writing) if (endsAt < now) this.end({ write, tags });
  }
}
