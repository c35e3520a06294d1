import { median, medianRatio, range } from './statistics.js';

describe('the statistics of the benchmark', () => {
  it('take the middle, whatever the order and however far the outliers', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([1, 1000, 3, 5])).toBe(4);
    expect(median([7])).toBe(7);
  });

  it('refuse to say something about nothing', () => {
    expect(() => median([])).toThrow('nothing was measured');
  });

  it('compare within a round, so that a slow round slows both sides and changes nothing', () => {
    const theirs = [100, 10, 100];
    const ours = [50, 5, 50];
    expect(medianRatio(ours, theirs)).toBe(0.5);
  });

  it('refuse to compare rounds that have no pair', () => {
    expect(() => medianRatio([1, 2], [1])).toThrow('each needs its pair');
  });

  it('do not sort the rounds they were given', () => {
    const values = [3, 1, 2];
    expect(range(values)).toEqual([1, 3]);
    expect(values).toEqual([3, 1, 2]);
  });
});
