/** What a caller saw. Times are of this process's clock, in milliseconds. */
export interface Read {
  readonly subject: string;
  /** What of the subject was seen; later writes have higher ones. */
  readonly version: number;
  readonly replica: number;
  readonly beganAt: number;
  /** What the answer says of where it comes from. */
  readonly from: string;
}

/** A write that was answered with success, or a change behind the gateway's back whose webhook was. */
export interface Write {
  readonly subject: string;
  readonly version: number;
  readonly replica: number;
  readonly answeredAt: number;
}

/** A read that began after a newer write was answered. */
export interface StaleRead {
  readonly read: Read;
  /** The first write it does not show. */
  readonly write: Write;
  /** How long that had been answered when the read began. */
  readonly ageMs: number;
}

/** Whether nothing is promised of this read as to this write. */
export type Excuse = (read: Read, write: Write) => boolean;

export interface Verdict {
  readonly stale: readonly StaleRead[];
  /** Those that would be stale but for an excuse. */
  readonly excused: readonly StaleRead[];
}

/**
 * What every caller may rely on: a read that begins after a write was answered, on whichever replica, shows that write or a
 * later one. Writes of one subject come one after another, so versions only grow.
 */
export function judge(reads: readonly Read[], writes: readonly Write[], excuses: readonly Excuse[] = []): Verdict {
  const bySubject = new Map<string, Write[]>();
  for (const write of writes) bySubject.set(write.subject, [...(bySubject.get(write.subject) ?? []), write]);
  const stale: StaleRead[] = [];
  const excused: StaleRead[] = [];
  for (const read of reads) {
    const missed = (bySubject.get(read.subject) ?? []).filter(
      ({ version, answeredAt }) => version > read.version && answeredAt < read.beganAt,
    );
    const unexcused = missed.filter((write) => !excuses.some((excuse) => excuse(read, write)));
    const counted = unexcused.length > 0 ? unexcused : missed;
    const [write] = counted.toSorted((a, b) => a.answeredAt - b.answeredAt);
    if (!write) continue;
    (unexcused.length > 0 ? stale : excused).push({ read, write, ageMs: read.beganAt - write.answeredAt });
  }
  return { stale, excused };
}
