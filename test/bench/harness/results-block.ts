const OPENING = '<!-- bench -->';
const CLOSING = '<!-- /bench -->';

/** Replaces the text between the two marks of the page by the results. */
export function withResults(page: string, results: string): string {
  const start = page.indexOf(OPENING);
  const end = page.indexOf(CLOSING, start);
  if (start < 0 || end < 0) throw new Error(`The page has no place for results: ${OPENING} … ${CLOSING}`);
  return `${page.slice(0, start + OPENING.length)}\n\n${results}\n\n${page.slice(end)}`;
}
