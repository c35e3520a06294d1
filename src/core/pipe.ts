/** Chains layers, steps or stages. The first one is the outermost: a request passes them in the order of the list. */
export const pipe =
  <T>(...links: readonly ((next: T) => T)[]) =>
  (last: T): T =>
    links.reduceRight((next, link) => link(next), last);
