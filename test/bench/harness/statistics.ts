const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

/** The median. Throws for an empty list, because no figure is better than a made-up one. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('nothing was measured');
  const ordered = sorted(values);
  const upper = ordered[Math.floor(ordered.length / 2)] ?? NaN;
  const lower = ordered[Math.ceil(ordered.length / 2) - 1] ?? NaN;
  return (lower + upper) / 2;
}

/**
 * The median of the ratios of the rounds. On a shared machine, both sides of one round have the same conditions; medians of
 * different rounds do not.
 */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  if (ours.length !== theirs.length)
    throw new Error(`${ours.length} rounds cannot be compared with ${theirs.length}: each needs its pair`);
  return median(ours.map((value, round) => value / (theirs[round] ?? NaN)));
}

/** The minimum and the maximum. */
export const range = (values: readonly number[]): readonly [number, number] => {
  const ordered = sorted(values);
  return [ordered[0] ?? NaN, ordered.at(-1) ?? NaN];
};
