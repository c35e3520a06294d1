/** Counts an answer by its status; undefined for none. */
export const countInto = (counts: Record<string, number>, status: number | undefined): void => {
  const name = String(status ?? 'unanswered');
  counts[name] = (counts[name] ?? 0) + 1;
};

/** Does the work for each of a list in its order, so many at a time. */
export async function inParallel<T>(
  most: number,
  list: readonly T[],
  work: (entry: T, index: number) => Promise<void>,
): Promise<void> {
  const left = list.entries();
  const worker = async (): Promise<void> => {
    for (const [index, entry] of left) await work(entry, index);
  };
  await Promise.all(Array.from({ length: most }, worker));
}
