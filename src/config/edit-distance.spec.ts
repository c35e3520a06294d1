import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { editDistance } from './edit-distance.js';

const word = fc.string({ unit: fc.constantFrom('A', 'B', '_'), maxLength: 8 });

describe('the edit distance', () => {
  it('counts letters left out, added, exchanged and swapped', () => {
    expect(editDistance('PORT', 'PRT')).toBe(1);
    expect(editDistance('PORT', 'PORTS')).toBe(1);
    expect(editDistance('PORT', 'POST')).toBe(1);
    expect(editDistance('PORT', 'PROT')).toBe(1);
    expect(editDistance('PORT', 'HOST')).toBe(2);
  });

  it('is nothing for a word and itself, and the same both ways', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, a)).toBe(0);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
      }),
    );
  });

  it('is never more than the longer word nor less than the difference in length', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });
});
