import { BEGINNING, EVERYTHING, isAfter, type LogRecord, type Position, timeOf } from './log-record.js';

/** Tags remembered one by one; beyond this everything is forgotten at once, which costs fills but never truth. */
const MOST_TAGS = 100_000;

/** When something last became untrue: counted by this process, and as a place in the log that all replicas share. */
interface Version {
  readonly change: number;
  readonly position: Position;
}

interface Write {
  readonly tags: readonly string[];
  readonly endsAt: number;
}

const namesOne = (written: readonly string[], asked: readonly string[]): boolean =>
  written.some((tag) => tag === EVERYTHING || asked.includes(tag));

/** `asOf` of an answer that must not be kept: something it speaks of was being written when it was asked for. */
export const NEVER = -1;

/**
 * What the write log says, folded: which tags are being written, and when each last became untrue. No clock decides whether
 * an answer counts: a slow answer to an old question can never pass for a new one.
 */
export class TagVersions {
  #changes = 0;
  #position: Position = BEGINNING;
  #floor: Version = { change: 0, position: BEGINNING };
  readonly #latest = new Map<string, Version>();
  readonly #writing = new Map<string, Write>();
  /** Writes that ended here, and whose end the log is yet to tell. */
  readonly #endedHere = new Map<string, { readonly change: number; readonly tags: readonly string[] }>();

  /** @param now milliseconds of Redis' clock; decides only when a writer that is not heard of counts as gone */
  constructor(private readonly now: () => number = Date.now) {}

  /** Grows with everything that is applied. */
  get changes(): number {
    return this.#changes;
  }

  /** How far the log was read. */
  get position(): Position {
    return this.#position;
  }

  /** What an answer that is asked for now is true as of; `NEVER` while one of its tags is being written. */
  asOf(tags: readonly string[]): number {
    return this.isBeingWritten(tags) ? NEVER : this.#changes;
  }

  /** Grows whenever one of the tags becomes untrue: equal numbers mean nothing happened in between. */
  readonly of = (tags: readonly string[]): number => {
    let latest = this.#floor.change;
    for (const tag of tags) latest = Math.max(latest, this.#latest.get(tag)?.change ?? 0);
    return latest;
  };

  isBeingWritten(tags: readonly string[]): boolean {
    this.#endOverdue();
    for (const { tags: written } of this.#writing.values()) if (namesOne(written, tags)) return true;
    return false;
  }

  /** Whether nothing an answer speaks of became untrue since it was asked for, here or elsewhere. */
  isTrue(tags: readonly string[], asOf: number): boolean {
    this.#endOverdue();
    return asOf !== NEVER && this.of(tags) <= asOf;
  }

  /** The same of an answer that another replica asked for when it had read the log up to `position`. */
  isTrueAt(tags: readonly string[], position: Position): boolean {
    this.#endOverdue();
    const isLater = (version: Version | undefined): boolean =>
      version !== undefined && isAfter(version.position, position);
    if (isLater(this.#floor) || tags.some((tag) => isLater(this.#latest.get(tag)))) return false;
    // Where in the log a write of our own ended is not known until the log tells.
    for (const { tags: ended } of this.#endedHere.values()) if (namesOne(ended, tags)) return false;
    return true;
  }

  /** Folds the next record of the log. */
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
    // What was owed was too much to be told one by one.
    if (endedHere && record.tags.includes(EVERYTHING)) this.#endedHere.clear();
    this.#invalidate(record.tags, endedHere?.change ?? (this.#changes += 1), position);
  }

  /** A write begins: nothing under its tags is answered from memory, or kept, until it ends. */
  begin({ write, tags }: Pick<LogRecord, 'write' | 'tags'>, endsAt: number): void {
    this.#changes += 1;
    this.#writing.set(write, { tags, endsAt });
  }

  /** A write of this process ends, before the log tells of it; without tags it was none. */
  end({ write, tags }: Pick<LogRecord, 'write' | 'tags'>): void {
    this.#writing.delete(write);
    this.#invalidate(tags, (this.#changes += 1), this.#position);
  }

  /** The log will tell of an end that was applied here already: what was asked for since stays true then. */
  expect({ write, tags }: Pick<LogRecord, 'write' | 'tags'>): void {
    if (this.#endedHere.size > MOST_TAGS) this.#endedHere.clear();
    this.#endedHere.set(write, { change: this.#changes, tags });
  }

  /**
   * Nothing that was known counts any more, for the log does not continue where this process has read. Writes that are
   * under way stay so: their ends are yet to come.
   * @param first the first record that is there now
   */
  reset(first: Position): void {
    this.#floor = { change: (this.#changes += 1), position: first };
    this.#position = first;
    this.#latest.clear();
    this.#endedHere.clear();
  }

  #invalidate(tags: readonly string[], change: number, position: Position): void {
    if (tags.includes(EVERYTHING)) this.#forgetBefore(change, position);
    else if (this.#latest.size > MOST_TAGS) this.#forgetBefore(this.#changes, position);
    else for (const tag of tags) this.#latest.set(tag, { change: Math.max(change, this.of([tag])), position });
  }

  #forgetBefore(change: number, position: Position): void {
    this.#floor = { change: Math.max(change, this.#floor.change), position };
    // What became untrue later than a write of our own that the log tells of only now stays so.
    for (const [tag, version] of this.#latest) if (version.change <= change) this.#latest.delete(tag);
  }

  /** Whoever began these is gone, and how far they came is not known. */
  #endOverdue(): void {
    if (this.#writing.size === 0) return;
    const now = this.now();
    for (const [write, { tags, endsAt }] of this.#writing) if (endsAt < now) this.end({ write, tags });
  }
}
