const opening = '<!-- settings -->';
const closing = '<!-- /settings -->';

/** The page with whatever stood between the two marks replaced by the table. */
export function withSettingsBlock(page: string, table: string): string {
  const start = page.indexOf(opening);
  const end = page.indexOf(closing, start);
  if (start < 0 || end < 0) throw new Error(`The page has no place for the settings: ${opening} … ${closing}`);
  return `${page.slice(0, start + opening.length)}\n\n${table}\n\n${page.slice(end)}`;
}
