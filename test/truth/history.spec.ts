import { describe, expect, it } from '@jest/globals';
import { findStaleReads } from './history.js';

const write = { subject: 'a', version: 2, replica: 0, answeredAt: 5 };
const read = { subject: 'a', version: 1, replica: 1, startedAt: 6, from: 'hit' };

describe('stale reads', () => {
  it('are those that started after a newer write was answered', () => {
    expect(findStaleReads([read], [write]).stale).toEqual([{ read, write, ageMs: 1 }]);
    expect(findStaleReads([{ ...read, startedAt: 4 }], [write]).stale).toEqual([]);
    expect(findStaleReads([{ ...read, version: 2 }], [write]).stale).toEqual([]);
    expect(findStaleReads([{ ...read, version: 3 }], [write]).stale).toEqual([]);
    expect(findStaleReads([{ ...read, subject: 'b' }], [write]).stale).toEqual([]);
  });

  it('have the age of the first write that they miss', () => {
    const later = { ...write, version: 3, answeredAt: 7 };
    expect(findStaleReads([{ ...read, startedAt: 9 }], [later, write]).stale).toMatchObject([{ write, ageMs: 4 }]);
  });

  it('are excused only if every write they miss is', () => {
    const later = { ...write, version: 3, answeredAt: 7 };
    const excuses = [(_: unknown, { version }: { version: number }) => version === 2];
    expect(findStaleReads([read], [write], excuses)).toMatchObject({ stale: [], excused: [{ write }] });
    expect(findStaleReads([{ ...read, startedAt: 9 }], [write, later], excuses)).toMatchObject({
      stale: [{ write: later }],
      excused: [],
    });
  });
});
