/** A read as seen by its caller. Times are in milliseconds on this process's clock. */
export interface Read {
  readonly subject: string;
  /** The version that was read. Later writes have higher ones. */
  readonly version: number;
  readonly replica: number;
  readonly startedAt: number;
  /** The `Cache-Status` of the response. */
  readonly from: string;
}

/** A successful write, or a change behind the gateway's back whose webhook was answered. */
export interface Write {
  readonly subject: string;
  readonly version: number;
  readonly replica: number;
  readonly answeredAt: number;
}

/** A read that started after a newer write was answered. */
export interface StaleRead {
  readonly read: Read;
  /** The first write that it misses. */
  readonly write: Write;
  /** How long before the read the write was answered. */
  readonly ageMs: number;
}

/** Whether this read is allowed to miss this write. */
export type Excuse = (read: Read, write: Write) => boolean;

export interface Staleness {
  readonly stale: readonly StaleRead[];
  /** Stale reads that are allowed. */
  readonly excused: readonly StaleRead[];
}

/**
 * The guarantee: a read that starts after a write was answered shows that write or a later one, whichever replica answers it.
 * Writes of one subject are sequential, so versions only grow.
 */
export function findStaleReads(
  reads: readonly Read[],
  writes: readonly Write[],
  excuses: readonly Excuse[] = [],
): Staleness {
  const bySubject = new Map<string, Write[]>();
  for (const write of writes) bySubject.set(write.subject, [...(bySubject.get(write.subject) ?? []), write]);
  const stale: StaleRead[] = [];
  const excused: StaleRead[] = [];
  for (const read of reads) {
    const missed = (bySubject.get(read.subject) ?? []).filter(
      ({ version, answeredAt }) => version > read.version && answeredAt < read.startedAt,
    );
    const unexcused = missed.filter((write) => !excuses.some((excuse) => excuse(read, write)));
    const relevant = unexcused.length > 0 ? unexcused : missed;
    const [write] = relevant.toSorted((a, b) => a.answeredAt - b.answeredAt);
    if (!write) continue;
    (unexcused.length > 0 ? stale : excused).push({ read, write, ageMs: read.startedAt - write.answeredAt });
  }
  return { stale, excused };
}
