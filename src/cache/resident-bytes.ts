/** The overhead of garbage collector and allocator, as a share of the live bytes. */
const FRAGMENTATION = 0.25;

/** How many bytes of process memory (RSS) live objects and buffers take. */
export const residentBytes = (bytes: number): number => Math.ceil(bytes * (1 + FRAGMENTATION));
