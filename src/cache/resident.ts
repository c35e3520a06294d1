/** What collector and allocator leave free between what is alive, as a part of it. */
const ROOM_BETWEEN = 0.25;

/** The memory of the process that so many bytes of objects and buffers take. */
export const residentBytes = (bytes: number): number => Math.ceil(bytes * (1 + ROOM_BETWEEN));
