/** The distinct items of a comma-separated text; undefined when one of them is invalid. */
export function list<T>(text: string, parse: (item: string) => T | undefined): T[] | undefined {
  const items = text.split(',').map((item) => parse(item.trim()));
  return items.every((item) => item !== undefined) ? [...new Set(items)] : undefined;
}
