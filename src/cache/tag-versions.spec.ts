import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeRecord, encodeRecord, EVERYTHING, isAfter, type LogRecord } from './log-record.js';
import { NEVER, TagVersions } from './tag-versions.js';

const begin = (write: string, tags: readonly string[], forMs = 1000): LogRecord => ({
  type: 'begin',
  write,
  tags,
  forMs,
});
const end = (write: string, tags: readonly string[]): LogRecord => ({ type: 'end', write, tags, forMs: 0 });

describe('the write log, folded', () => {
  let now: number;
  let versions: TagVersions;

  beforeEach(() => {
    now = 0;
    versions = new TagVersions(() => now);
  });

  it('has an answer count until one of its tags is written', () => {
    const asOf = versions.asOf(['a', 'b']);
    expect(versions.isTrue(['a', 'b'], asOf)).toBe(true);
    versions.apply(end('1', ['c']), '1-0');
    expect(versions.isTrue(['a', 'b'], asOf)).toBe(true);
    versions.apply(end('2', ['b']), '2-0');
    expect(versions.isTrue(['a', 'b'], asOf)).toBe(false);
    expect(versions.isTrue(['a'], asOf)).toBe(true);
    expect(versions.isTrue(['a', 'b'], versions.asOf(['a', 'b']))).toBe(true);
  });

  it('keeps nothing that is asked for while it is being written, whenever it arrives', () => {
    versions.apply(begin('1', ['a']), '1-0');
    expect(versions.isBeingWritten(['b', 'a'])).toBe(true);
    expect(versions.isBeingWritten(['b'])).toBe(false);
    const asOf = versions.asOf(['a']);
    expect(asOf).toBe(NEVER);
    versions.apply(end('1', ['a']), '2-0');
    expect(versions.isBeingWritten(['a'])).toBe(false);
    expect(versions.isTrue(['a'], asOf)).toBe(false);
  });

  it('leaves everything true when a write never left', () => {
    const asOf = versions.asOf(['a']);
    versions.apply(begin('1', ['a']), '1-0');
    versions.apply(end('1', []), '2-0');
    expect(versions.isBeingWritten(['a'])).toBe(false);
    expect(versions.isTrue(['a'], asOf)).toBe(true);
  });

  it('takes a begin whose time is over for ended: how far its writer came is not known', () => {
    const asOf = versions.asOf(['a']);
    versions.apply(begin('1', ['a'], 1000), '5000-0');
    now = 6000;
    expect(versions.isBeingWritten(['a'])).toBe(true);
    now = 6001;
    expect(versions.isBeingWritten(['a'])).toBe(false);
    expect(versions.isTrue(['a'], asOf)).toBe(false);
    expect(versions.isTrueAt(['a'], '4999-0')).toBe(false);
    expect(versions.isTrue(['a'], versions.asOf(['a']))).toBe(true);
  });

  it('counts an end that comes alone, and a begin that comes twice', () => {
    const asOf = versions.asOf(['a', 'b']);
    versions.apply(begin('1', ['a']), '1-0');
    versions.apply(begin('1', ['a']), '1-1');
    versions.apply(end('1', ['a']), '2-0');
    versions.apply(end('unheard of', ['b']), '3-0');
    expect(versions.isBeingWritten(['a', 'b'])).toBe(false);
    expect(versions.isTrue(['a'], asOf)).toBe(false);
    expect(versions.isTrue(['b'], asOf)).toBe(false);
  });

  it('makes everything untrue at once', () => {
    const asOf = versions.asOf(['a']);
    versions.apply(end('1', [EVERYTHING]), '7-0');
    expect(versions.isTrue(['a'], asOf)).toBe(false);
    expect(versions.isTrueAt(['a'], '6-9')).toBe(false);
    expect(versions.isTrueAt(['a'], '7-0')).toBe(true);
  });

  it('judges what another replica kept by how far that one had read', () => {
    versions.apply(end('1', ['a']), '10-1');
    expect(versions.isTrueAt(['a'], '10-0')).toBe(false);
    expect(versions.isTrueAt(['a'], '10-1')).toBe(true);
    expect(versions.isTrueAt(['a'], '9-5')).toBe(false);
    expect(versions.isTrueAt(['a'], '10-10')).toBe(true);
    expect(versions.isTrueAt(['b'], '1-0')).toBe(true);
  });

  it('lets nothing of before count where the log does not continue, and has writes under way go on', () => {
    versions.apply(begin('1', ['a']), '1-0');
    const asOf = versions.asOf(['b']);
    versions.reset('50-0');
    expect(versions.isTrue(['b'], asOf)).toBe(false);
    expect(versions.isTrueAt(['b'], '49-9')).toBe(false);
    expect(versions.isTrueAt(['b'], '50-0')).toBe(true);
    expect(versions.isBeingWritten(['a'])).toBe(true);
    versions.apply(end('1', ['a']), '51-0');
    expect(versions.isBeingWritten(['a'])).toBe(false);
  });

  it('does not forget what was read after a write of its own only because the log tells of that write later', () => {
    versions.begin(begin('mine', ['a']), 1000);
    versions.end(end('mine', ['a']));
    versions.expect(end('mine', ['a']));
    const asOf = versions.asOf(['a']);
    versions.apply(begin('mine', ['a']), '1-0');
    versions.apply(end('mine', ['a']), '2-0');
    expect(versions.isTrue(['a'], asOf)).toBe(true);
    // What others kept is judged by the place in the log.
    expect(versions.isTrueAt(['a'], '1-0')).toBe(false);
    versions.apply(end('of another', ['a']), '3-0');
    expect(versions.isTrue(['a'], asOf)).toBe(false);
  });

  it('does not believe what another kept before a write of its own, while the log has not told where that ended', () => {
    versions.apply(end('1', ['x']), '5-0');
    versions.begin(begin('mine', ['a']), 1000);
    versions.end(end('mine', ['a']));
    versions.expect(end('mine', ['a']));
    // Another replica that had read as far asked before the write.
    expect(versions.isTrueAt(['a'], '5-0')).toBe(false);
    versions.apply(end('of another', ['a']), '6-0');
    expect(versions.isTrueAt(['a'], '6-0')).toBe(false);
    versions.apply(end('mine', ['a']), '7-0');
    expect(versions.isTrueAt(['a'], '6-0')).toBe(false);
    expect(versions.isTrueAt(['a'], '7-0')).toBe(true);
  });

  it.each([
    ['one by one', end('first,second', ['a', 'b'])],
    ['all at once', end('too many,second', [EVERYTHING])],
  ])('believes others again once the log tells what was owed, %s', (_how, told) => {
    versions.apply(end('1', ['x']), '5-0');
    for (const owed of [end('first', ['a']), end('second', ['b'])]) {
      versions.end(owed);
      versions.expect(owed);
    }
    expect(versions.isTrueAt(['a'], '9-0')).toBe(false);
    versions.expect(told);
    versions.apply(told, '6-0');
    expect(versions.isTrueAt(['a', 'b'], '5-0')).toBe(false);
    expect(versions.isTrueAt(['a', 'b'], '6-0')).toBe(true);
  });

  it('grows by every change, so that whoever has looked at all parts needs to look again only then', () => {
    const seen = [versions.changes];
    versions.begin(begin('1', ['a']), 1000);
    seen.push(versions.changes);
    versions.end(end('1', ['a']));
    seen.push(versions.changes);
    versions.apply(end('2', ['b']), '1-0');
    seen.push(versions.changes);
    versions.reset('2-0');
    seen.push(versions.changes);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('forgets rather than grow without end', () => {
    const asOf = versions.asOf(['untouched']);
    for (let n = 0; n < 100_002; n += 1) versions.apply(end(`${n}`, [`tag:${n}`]), `${n + 1}-0`);
    expect(versions.isTrue(['untouched'], asOf)).toBe(false);
    expect(versions.isTrue(['untouched'], versions.asOf(['untouched']))).toBe(true);
  });

  it('says after any records that an answer is true exactly if no later end names one of its tags', () => {
    const tag = fc.constantFrom('a', 'b', 'c');
    const tags = fc.uniqueArray(tag, { minLength: 1 });
    fc.assert(
      fc.property(fc.array(tags), fc.array(tags), tags, (before, after, asked) => {
        const fold = new TagVersions(() => 0);
        let ms = 0;
        const applyAll = (ends: readonly string[][]) => {
          for (const written of ends) fold.apply(end(`${(ms += 1)}`, written), `${ms}-0`);
        };
        applyAll(before);
        const [asOf, position] = [fold.asOf(asked), fold.position];
        applyAll(after);
        const isTrue = !after.some((written) => written.some((one) => asked.includes(one)));
        expect(fold.isTrue(asked, asOf)).toBe(isTrue);
        expect(fold.isTrueAt(asked, position)).toBe(isTrue);
      }),
    );
  });
});

describe('a record of the log', () => {
  it('is read as it was written', () => {
    for (const record of [begin('id', ['organization:a', 'organizations'], 9000), end('id', []), end('x', ['*'])])
      expect(decodeRecord(encodeRecord(record))).toEqual(record);
  });

  it('is later than another by time, then by number', () => {
    expect(isAfter('2-0', '1-9')).toBe(true);
    expect(isAfter('1-10', '1-9')).toBe(true);
    expect(isAfter('1-9', '1-9')).toBe(false);
    expect(isAfter('999-0', '1000-0')).toBe(false);
  });

  it('that somebody else put there makes nothing true that is not', () => {
    expect(decodeRecord('rubbish')).toMatchObject({ type: 'end', tags: [] });
    expect(decodeRecord('')).toMatchObject({ type: 'end', tags: [] });
  });
});
