import { internalError } from '../http/refusal.js';

const literally = (character: string) => character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

function compile(pattern: string): RegExp {
  let source = '';
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '%') source += '[^]*';
    else if (character === '_') source += '[^]';
    else if (character === '\\') source += literally(characters[++at] ?? '');
    else source += literally(character);
  }
  return new RegExp(`^${source}$`, 'iu');
}

export type Matcher = (...columns: readonly (string | null)[]) => boolean;

/** PostgreSQL's ILIKE: `%` and `_` are wildcards, `\` escapes them, and accents are significant. */
export function ilike(pattern: string): Matcher {
  if (pattern.includes('\0')) throw internalError();
  const compiled = compile(pattern);
  return (...columns) => columns.some((column) => column !== null && compiled.test(column));
}

/** Logto's search with `q`: a substring match in which the caller's wildcards work, too. */
export const contains = (q: string): Matcher => ilike(`%${q}%`);
