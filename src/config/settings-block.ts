const opening = '<!-- settings -->';
const closing = '<!-- /settings -->';

/** Replaces the text between the two marks with the table. */
export function withSettingsBlock(page: string, table: string): string {
  const start = page.indexOf(opening);
  const end = page.indexOf(closing, start);
  if (start < 0 || end < 0) throw new Error(`The page has no settings block: ${opening} … ${closing}`);
  return `${page.slice(0, start + opening.length)}\n\n${table}\n\n${page.slice(end)}`;
}
