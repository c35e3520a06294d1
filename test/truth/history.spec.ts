import { describe, expect, it } from '@jest/globals';
import { judge } from './history.js';

const write = { subject: 'a', version: 2, replica: 0, answeredAt: 5 };
const read = { subject: 'a', version: 1, replica: 1, beganAt: 6, from: 'hit' };

describe('a history', () => {
  it('has a stale read where one began after a newer write was answered', () => {
    expect(judge([read], [write]).stale).toEqual([{ read, write, ageMs: 1 }]);
    expect(judge([{ ...read, beganAt: 4 }], [write]).stale).toEqual([]);
    expect(judge([{ ...read, version: 2 }], [write]).stale).toEqual([]);
    expect(judge([{ ...read, version: 3 }], [write]).stale).toEqual([]);
    expect(judge([{ ...read, subject: 'b' }], [write]).stale).toEqual([]);
  });

  it('tells the age of a stale read from the first write it misses', () => {
    const later = { ...write, version: 3, answeredAt: 7 };
    expect(judge([{ ...read, beganAt: 9 }], [later, write]).stale).toMatchObject([{ write, ageMs: 4 }]);
  });

  it('keeps excused reads apart, and excuses none that misses another write', () => {
    const later = { ...write, version: 3, answeredAt: 7 };
    const excuses = [(_: unknown, { version }: { version: number }) => version === 2];
    expect(judge([read], [write], excuses)).toMatchObject({ stale: [], excused: [{ write }] });
    expect(judge([{ ...read, beganAt: 9 }], [write, later], excuses)).toMatchObject({
      stale: [{ write: later }],
      excused: [],
    });
  });
});
