/** The encodings of a response; each has its own strong entity tag. */
export type Encoding = 'identity' | 'gzip' | 'br';

export const entityTag = (tag: string, encoding: Encoding): string =>
  encoding === 'identity' ? `"${tag}"` : `"${tag}-${encoding}"`;

/**
 * Whether `If-None-Match` or `If-Match` matches a response, whatever encoding it was sent in.
 * @param header the header's value: `*`, or entity tags
 * @param tag the response's tag without quotes
 * @param comparison `If-Match` compares strongly: a weak tag never matches (RFC 9110, 13.1.1)
 */
export const namesEntity = (header: string, tag: string, comparison: 'weak' | 'strong'): boolean =>
  header.trim() === '*' ||
  [...header.matchAll(/(W\/)?"([^"]*)"/g)].some(
    ([, weak, candidate = '']) =>
      (comparison === 'weak' || !weak) && (candidate === tag || candidate.replace(/-(gzip|br)$/, '') === tag),
  );
