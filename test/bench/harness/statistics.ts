const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

/** The middle value; between the two middle ones when there are two. Throws on an empty list: no figure is better than a made-up one. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('nothing was measured');
  const ordered = sorted(values);
  const upper = ordered[Math.floor(ordered.length / 2)] ?? NaN;
  const lower = ordered[Math.ceil(ordered.length / 2) - 1] ?? NaN;
  return (lower + upper) / 2;
}

/**
 * The median of the ratios round by round. On a machine that others use too, both sides of one round met the same weather;
 * medians of different rounds did not.
 */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  if (ours.length !== theirs.length)
    throw new Error(`${ours.length} rounds cannot be compared with ${theirs.length}: each needs its pair`);
  return median(ours.map((value, round) => value / (theirs[round] ?? NaN)));
}

/** The smallest and the largest value. */
export const range = (values: readonly number[]): readonly [number, number] => {
  const ordered = sorted(values);
  return [ordered[0] ?? NaN, ordered.at(-1) ?? NaN];
};
