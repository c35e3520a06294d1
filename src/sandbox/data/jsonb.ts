const byLengthThenBytes = (a: string, b: string) =>
  Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Custom data as PostgreSQL returns it from a jsonb column: the same values, with keys sorted by length and then by bytes. */
export function jsonb<T>(value: T): T;
export function jsonb(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => jsonb(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => byLengthThenBytes(a, b));
  return Object.fromEntries(entries.map(([key, item]) => [key, jsonb(item)]));
}
