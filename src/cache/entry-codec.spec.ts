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

describe('an entry in Redis', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.option(fc.nat(), { nil: undefined }),
        fc.option(fc.string(), { nil: undefined }),
        (bytes, total, etag) => {
          const entry = entryOf(bytes, { total, etag, status: 404 });
          const back = decodeEntry(encodeEntry(entry));
          expect(back).toMatchObject({ lifetime: entry.lifetime, position: entry.position, storedAt: entry.storedAt });
          expect(back?.reply).toMatchObject({ status: 404, contentType: 'application/json', total, etag });
          expect(back?.reply.payload.bytes.equals(entry.reply.payload.bytes)).toBe(true);
        },
      ),
    );
  });

  it('is hardly larger than the answer', () => {
    expect(encodeEntry(entryOf('x'.repeat(10_000))).length).toBeLessThan(10_120);
  });

  it('is none when another version wrote it, or something else', () => {
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
