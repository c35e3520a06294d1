/** Counts a response by its status, which is undefined when there was none. */
export const countInto = (counts: Record<string, number>, status: number | undefined): void => {
  const name = String(status ?? 'unanswered');
  counts[name] = (counts[name] ?? 0) + 1;
};

/** Processes a list in order, with limited concurrency. */
export async function inParallel<T>(
  concurrency: number,
  list: readonly T[],
  work: (entry: T, index: number) => Promise<void>,
): Promise<void> {
  const entries = list.entries();
  const worker = async (): Promise<void> => {
    for (const [index, entry] of entries) await work(entry, index);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
