import { describe, expect, it } from '@jest/globals';
import { replyOf } from '../../test/support/far-end.js';
import { requireMatch } from './precondition.js';

const present = replyOf({ id: 'acme0robotix' });
const tag = present.payload.etag;

describe('If-Match', () => {
  it.each([
    ['the tag itself', `"${tag}"`],
    ['the tag of the br answer', `"${tag}-br"`],
    ['the tag of the gzip answer', `"${tag}-gzip"`],
    ['one of several', `"other", "${tag}"`],
    ['anything', '*'],
  ])('is met by %s', (_what, header) => {
    expect(() => requireMatch(header, present)).not.toThrow();
  });

  it.each([
    ['another tag', '"other"'],
    ['the weak form of the tag', `W/"${tag}"`],
    ['the tag without quotes', tag],
    ['the tag of an unsupported encoding', `"${tag}-zstd"`],
    ['nothing', ''],
  ])('is not met by %s', (_what, header) => {
    expect(() => requireMatch(header, present)).toThrow(
      expect.objectContaining({ status: 412, code: 'precondition_failed' }),
    );
  });
});
