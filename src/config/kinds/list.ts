/** The distinct items of comma separated text; undefined as soon as one of them is not understood. */
export function list<T>(text: string, parse: (item: string) => T | undefined): T[] | undefined {
  const items = text.split(',').map((item) => parse(item.trim()));
  return items.every((item) => item !== undefined) ? [...new Set(items)] : undefined;
}
