import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { entityTag, namesEntity } from './entity-tag.js';

const ENCODINGS = ['identity', 'gzip', 'br'] as const;
/** base64url strings; some of them end like the name of an encoding. */
const tags = fc.oneof(
  fc.stringMatching(/^[\w-]{27}$/),
  fc.stringMatching(/^[\w-]{24}-br$/),
  fc.stringMatching(/^[\w-]{22}-gzip$/),
);

describe('an entity tag', () => {
  it('differs between encodings', () => {
    expect(ENCODINGS.map((encoding) => entityTag('abc', encoding))).toEqual(['"abc"', '"abc-gzip"', '"abc-br"']);
  });

  it.each(ENCODINGS)('is recognized in the encoding %s', (encoding) => {
    expect(namesEntity(entityTag('abc', encoding), 'abc', 'weak')).toBe(true);
    expect(namesEntity(entityTag('abc', encoding), 'abc', 'strong')).toBe(true);
  });

  it('is always recognized', () => {
    fc.assert(
      fc.property(tags, fc.constantFrom(...ENCODINGS), (tag, encoding) => {
        expect(namesEntity(entityTag(tag, encoding), tag, 'strong')).toBe(true);
      }),
    );
  });

  it.each(['*', ' * ', 'W/"abc"', '"x", "abc"', '"x","abc-br" , "y"', 'W/"x", W/"abc-gzip"'])(
    'is matched weakly by %s',
    (header) => {
      expect(namesEntity(header, 'abc', 'weak')).toBe(true);
    },
  );

  it.each(['*', '"abc"', 'W/"x", "abc"'])('is matched strongly by %s', (header) => {
    expect(namesEntity(header, 'abc', 'strong')).toBe(true);
  });

  it.each(['W/"abc"', 'W/"abc-br"'])('is not matched strongly by the weak %s', (header) => {
    expect(namesEntity(header, 'abc', 'strong')).toBe(false);
  });

  it.each(['', '"other"', '"abcd"', '"ab"', 'abc', '""', '"*"', '"abc-zip"', '"ABC"'])(
    'is not matched by %p',
    (header) => {
      expect(namesEntity(header, 'abc', 'weak')).toBe(false);
    },
  );
});
