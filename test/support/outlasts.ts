/** Whether work takes longer than a timer that was set before it began. Timers of one process end in their order, however busy it is. */
export async function outlasts(ms: number, work: () => Promise<unknown>): Promise<boolean> {
  let isOver = false;
  const timer = setTimeout(() => (isOver = true), ms);
  await work();
  clearTimeout(timer);
  return isOver;
}
