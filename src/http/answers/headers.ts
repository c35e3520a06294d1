import { validateHeaderName, validateHeaderValue } from 'node:http';

/** Header lines: names and values. */
export type Headers = readonly (readonly [name: string, value: string])[];

/** Headers that many answers share. */
export interface HeaderBlock {
  /** As they stand in a head. */
  readonly lines: string;
  /** Whether a 304 has them, too. Otherwise the caller has them from the stored answer (RFC 9110, 15.4.5). */
  readonly onNotModified: boolean;
}

/**
 * A header as a line of a head. Throws for what `setHeader` refuses: lines are written past Node's own check, and as latin1, in which
 * U+010A is a line break.
 */
export const lineOf = (name: string, value: string): string => {
  validateHeaderName(name);
  validateHeaderValue(name, value);
  return `${name}: ${value}\r\n`;
};

/** Headers as lines of a head. Throws as `lineOf` does. */
export const linesOf = (headers: Headers): string => {
  let lines = '';
  for (const [name, value] of headers) lines += lineOf(name, value);
  return lines;
};

export const headerBlock = (headers: Headers, { onNotModified }: { readonly onNotModified: boolean }): HeaderBlock => ({
  lines: linesOf(headers),
  onNotModified,
});

/** The headers that stand in lines of a head. */
export const headersOf = (lines: string): Headers =>
  lines
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) => {
      const end = line.indexOf(': ');
      return [line.slice(0, end), line.slice(end + 2)] as const;
    });
