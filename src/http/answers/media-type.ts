import Negotiator from 'negotiator';

/** Clients send few different headers. More distinct headers than this are made up. */
const MAX_HEADERS = 256;
const known = new Map<string, boolean>();

/**
 * Whether a caller accepts an answer of that media type.
 * @param accept value of `Accept`; undefined means that the caller accepts anything
 */
export function accepts(accept: string | undefined, mediaType: string): boolean {
  if (!accept || accept === '*/*') return true;
  const key = `${mediaType} ${accept}`;
  let answer = known.get(key);
  if (answer === undefined) {
    // With the charset, because a caller may ask for exactly that.
    answer = new Negotiator({ headers: { accept } }).mediaTypes([`${mediaType}; charset=utf-8`]).length > 0;
    if (known.size >= MAX_HEADERS) known.clear();
    known.set(key, answer);
  }
  return answer;
}
