import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Epochs } from './epochs.js';

describe('epochs', () => {
  it('stay the same while nothing is bumped', () => {
    const epochs = new Epochs();
    expect(epochs.of(['a', 'b'])).toBe(epochs.of(['b', 'a']));
  });

  it('grow for every reader of a bumped tag and for nobody else', () => {
    const epochs = new Epochs();
    const [a, b, both] = [epochs.of(['a']), epochs.of(['b']), epochs.of(['a', 'b'])];
    epochs.bump(['a']);
    expect(epochs.of(['a'])).toBeGreaterThan(a);
    expect(epochs.of(['a', 'b'])).toBeGreaterThan(both);
    expect(epochs.of(['b'])).toBe(b);
  });

  it('grow with each bump of the same tag', () => {
    const epochs = new Epochs();
    epochs.bump(['a']);
    const once = epochs.of(['a']);
    epochs.bump(['a']);
    expect(epochs.of(['a'])).toBeGreaterThan(once);
  });

  it('grow when the second of two tags is bumped after the first', () => {
    const epochs = new Epochs();
    epochs.bump(['a']);
    epochs.bump(['a']);
    const before = epochs.of(['a', 'b']);
    epochs.bump(['b']);
    expect(epochs.of(['a', 'b'])).toBeGreaterThan(before);
  });

  it('ignore a bump of nothing', () => {
    const epochs = new Epochs();
    const before = epochs.of(['a']);
    epochs.bump([]);
    expect(epochs.of(['a'])).toBe(before);
  });

  it('never fall, and never miss a bump, when so many tags are known that all are forgotten', () => {
    const epochs = new Epochs();
    epochs.bump(['kept']);
    const [kept, never] = [epochs.of(['kept']), epochs.of(['never'])];
    epochs.bump(Array.from({ length: 100_001 }, (_, index) => `tag ${index}`));
    const between = epochs.of(['kept']);
    epochs.bump(['one more']);
    expect(between).toBe(kept);
    // Forgetting costs fills: everything counts as bumped.
    expect(epochs.of(['kept'])).toBeGreaterThan(kept);
    expect(epochs.of(['never'])).toBeGreaterThan(never);
  });

  it('grow for everybody when everything is bumped', () => {
    const epochs = new Epochs();
    epochs.bump(['a']);
    const [a, never] = [epochs.of(['a']), epochs.of(['never'])];
    epochs.bumpAll();
    expect(epochs.of(['a'])).toBeGreaterThan(a);
    expect(epochs.of(['never'])).toBeGreaterThan(never);
    expect(epochs.of([])).toBeGreaterThan(0);
  });

  it('differ before and after any sequence of bumps that names one of the tags, and only then', () => {
    const tags = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 });
    fc.assert(
      fc.property(
        fc.array(tags, { maxLength: 5 }),
        tags,
        fc.array(tags, { maxLength: 5 }),
        (earlier, watched, later) => {
          const epochs = new Epochs();
          for (const bumped of earlier) epochs.bump(bumped);
          const before = epochs.of(watched);
          for (const bumped of later) epochs.bump(bumped);
          const touched = later.flat().some((tag) => watched.includes(tag));
          expect(epochs.of(watched) !== before).toBe(touched);
        },
      ),
    );
  });
});
