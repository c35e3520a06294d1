import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { replyOf } from '../../test/support/far-end.js';
import { decodeEntry, encodeEntry, type SharedEntry } from './entry-codec.js';

const entryOf = (bytes: string, more: Partial<SharedEntry['reply']> = {}): SharedEntry => ({
  reply: replyOf(undefined, { bytes, ...more }),
  lifetime: { freshMs: 12_345.5, staleMs: 60_000 },
  position: '1767225600000-7',
  storedAt: 1_767_225_600_123,
});

describe('the codec of entries in Redis', () => {
  it('decodes what it encoded', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.option(fc.nat(), { nil: undefined }),
        fc.option(fc.string(), { nil: undefined }),
        (bytes, total, etag) => {
          const entry = entryOf(bytes, { total, etag, status: 404 });
          const decoded = decodeEntry(encodeEntry(entry));
          const { lifetime, position, storedAt } = entry;
          expect(decoded).toMatchObject({ lifetime, position, storedAt });
          expect(decoded?.reply).toMatchObject({ status: 404, contentType: 'application/json', total, etag });
          expect(decoded?.reply.payload.bytes.equals(entry.reply.payload.bytes)).toBe(true);
        },
      ),
    );
  });

  it('adds few bytes to the body', () => {
    expect(encodeEntry(entryOf('x'.repeat(10_000))).length).toBeLessThan(10_120);
  });

  it('decodes nothing that another version or program wrote', () => {
    const bytes = encodeEntry(entryOf('{}'));
    for (const version of [1, 3]) {
      bytes.writeUInt8(version, 0);
      expect(decodeEntry(bytes)).toBeUndefined();
    }
    expect(decodeEntry(Buffer.from('{}'))).toBeUndefined();
    expect(decodeEntry(Buffer.alloc(0))).toBeUndefined();
    expect(decodeEntry(Buffer.from([2, 255, 255, 255, 255]))).toBeUndefined();
  });
});
