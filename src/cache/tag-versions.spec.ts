import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isAfter } from '../core/position.js';
import { decodeRecord, encodeRecord, EVERYTHING, type LogRecord } from './log-record.js';
import { NEVER, TagVersions } from './tag-versions.js';

const begin = (write: string, tags: readonly string[], forMs = 1000): LogRecord => ({
  type: 'begin',
  write,
  tags,
  forMs,
});
const end = (write: string, tags: readonly string[]): LogRecord => ({ type: 'end', write, tags, forMs: 0 });

describe('tag versions', () => {
  let now: number;
  let versions: TagVersions;

  beforeEach(() => {
    now = 0;
    versions = new TagVersions(() => now);
  });

  it('hold a reply valid until one of its tags is written', () => {
    const asOf = versions.asOf(['a', 'b']);
    expect(versions.isValid(['a', 'b'], asOf)).toBe(true);
    versions.apply(end('1', ['c']), '1-0');
    expect(versions.isValid(['a', 'b'], asOf)).toBe(true);
    versions.apply(end('2', ['b']), '2-0');
    expect(versions.isValid(['a', 'b'], asOf)).toBe(false);
    expect(versions.isValid(['a'], asOf)).toBe(true);
    expect(versions.isValid(['a', 'b'], versions.asOf(['a', 'b']))).toBe(true);
  });

  it('never hold a reply valid that was asked for during a write', () => {
    versions.apply(begin('1', ['a']), '1-0');
    expect(versions.isBeingWritten(['b', 'a'])).toBe(true);
    expect(versions.isBeingWritten(['b'])).toBe(false);
    const asOf = versions.asOf(['a']);
    expect(asOf).toBe(NEVER);
    versions.apply(end('1', ['a']), '2-0');
    expect(versions.isBeingWritten(['a'])).toBe(false);
    expect(versions.isValid(['a'], asOf)).toBe(false);
  });

  it('invalidate nothing when a write was never sent', () => {
    const asOf = versions.asOf(['a']);
    versions.apply(begin('1', ['a']), '1-0');
    versions.apply(end('1', []), '2-0');
    expect(versions.isBeingWritten(['a'])).toBe(false);
    expect(versions.isValid(['a'], asOf)).toBe(true);
  });

  it('take a begin whose time is over as ended, because its write may have taken effect', () => {
    const asOf = versions.asOf(['a']);
    versions.apply(begin('1', ['a'], 1000), '5000-0');
    now = 6000;
    expect(versions.isBeingWritten(['a'])).toBe(true);
    now = 6001;
    expect(versions.isBeingWritten(['a'])).toBe(false);
    expect(versions.isValid(['a'], asOf)).toBe(false);
    expect(versions.isValidAt(['a'], '4999-0')).toBe(false);
    expect(versions.isValid(['a'], versions.asOf(['a']))).toBe(true);
  });

  it('accept an end without a begin, and a begin that was appended twice', () => {
    const asOf = versions.asOf(['a', 'b']);
    versions.apply(begin('1', ['a']), '1-0');
    versions.apply(begin('1', ['a']), '1-1');
    versions.apply(end('1', ['a']), '2-0');
    versions.apply(end('unknown', ['b']), '3-0');
    expect(versions.isBeingWritten(['a', 'b'])).toBe(false);
    expect(versions.isValid(['a'], asOf)).toBe(false);
    expect(versions.isValid(['b'], asOf)).toBe(false);
  });

  it('invalidate everything at once', () => {
    const asOf = versions.asOf(['a']);
    versions.apply(end('1', [EVERYTHING]), '7-0');
    expect(versions.isValid(['a'], asOf)).toBe(false);
    expect(versions.isValidAt(['a'], '6-9')).toBe(false);
    expect(versions.isValidAt(['a'], '7-0')).toBe(true);
  });

  it('validate an entry of another replica by how far that one had read', () => {
    versions.apply(end('1', ['a']), '10-1');
    expect(versions.isValidAt(['a'], '10-0')).toBe(false);
    expect(versions.isValidAt(['a'], '10-1')).toBe(true);
    expect(versions.isValidAt(['a'], '9-5')).toBe(false);
    expect(versions.isValidAt(['a'], '10-10')).toBe(true);
    expect(versions.isValidAt(['b'], '1-0')).toBe(true);
  });

  it('invalidate everything when the log does not continue, and keep writes in progress', () => {
    versions.apply(begin('1', ['a']), '1-0');
    const asOf = versions.asOf(['b']);
    versions.reset('50-0');
    expect(versions.isValid(['b'], asOf)).toBe(false);
    expect(versions.isValidAt(['b'], '49-9')).toBe(false);
    expect(versions.isValidAt(['b'], '50-0')).toBe(true);
    expect(versions.isBeingWritten(['a'])).toBe(true);
    versions.apply(end('1', ['a']), '51-0');
    expect(versions.isBeingWritten(['a'])).toBe(false);
  });

  it('hold a reply valid that was read after a local write, although the record of the write is read later', () => {
    versions.begin(begin('mine', ['a']), 1000);
    versions.end(end('mine', ['a']));
    versions.expectEnd(end('mine', ['a']));
    const asOf = versions.asOf(['a']);
    versions.apply(begin('mine', ['a']), '1-0');
    versions.apply(end('mine', ['a']), '2-0');
    expect(versions.isValid(['a'], asOf)).toBe(true);
    // Entries of other replicas are validated by the position in the log.
    expect(versions.isValidAt(['a'], '1-0')).toBe(false);
    versions.apply(end('of another', ['a']), '3-0');
    expect(versions.isValid(['a'], asOf)).toBe(false);
  });

  it('do not hold entries of other replicas valid until the position of a local write is known', () => {
    versions.apply(end('1', ['x']), '5-0');
    versions.begin(begin('mine', ['a']), 1000);
    versions.end(end('mine', ['a']));
    versions.expectEnd(end('mine', ['a']));
    // Another replica that had read this far may have asked before the write.
    expect(versions.isValidAt(['a'], '5-0')).toBe(false);
    versions.apply(end('of another', ['a']), '6-0');
    expect(versions.isValidAt(['a'], '6-0')).toBe(false);
    versions.apply(end('mine', ['a']), '7-0');
    expect(versions.isValidAt(['a'], '6-0')).toBe(false);
    expect(versions.isValidAt(['a'], '7-0')).toBe(true);
  });

  it.each([
    ['one by one', end('first,second', ['a', 'b'])],
    ['all at once', end('too many,second', [EVERYTHING])],
  ])('validate entries of other replicas again once the pending records are read, %s', (_how, appended) => {
    versions.apply(end('1', ['x']), '5-0');
    for (const pending of [end('first', ['a']), end('second', ['b'])]) {
      versions.end(pending);
      versions.expectEnd(pending);
    }
    expect(versions.isValidAt(['a'], '9-0')).toBe(false);
    versions.expectEnd(appended);
    versions.apply(appended, '6-0');
    expect(versions.isValidAt(['a', 'b'], '5-0')).toBe(false);
    expect(versions.isValidAt(['a', 'b'], '6-0')).toBe(true);
  });

  it('count every change', () => {
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

  it('invalidate everything rather than grow without bound', () => {
    const asOf = versions.asOf(['untouched']);
    for (let n = 0; n < 100_002; n += 1) versions.apply(end(`${n}`, [`tag:${n}`]), `${n + 1}-0`);
    expect(versions.isValid(['untouched'], asOf)).toBe(false);
    expect(versions.isValid(['untouched'], versions.asOf(['untouched']))).toBe(true);
  });

  it('hold a reply valid exactly if no later end names one of its tags, whatever the records', () => {
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
        const isValid = !after.some((written) => written.some((one) => asked.includes(one)));
        expect(fold.isValid(asked, asOf)).toBe(isValid);
        expect(fold.isValidAt(asked, position)).toBe(isValid);
      }),
    );
  });
});

describe('a record of the log', () => {
  it('is decoded as it was encoded', () => {
    for (const record of [begin('id', ['organization:a', 'organizations'], 9000), end('id', []), end('x', ['*'])])
      expect(decodeRecord(encodeRecord(record))).toEqual(record);
  });

  it('is later than another by time, then by sequence', () => {
    expect(isAfter('2-0', '1-9')).toBe(true);
    expect(isAfter('1-10', '1-9')).toBe(true);
    expect(isAfter('1-9', '1-9')).toBe(false);
    expect(isAfter('999-0', '1000-0')).toBe(false);
  });

  it('that another program wrote makes nothing valid', () => {
    expect(decodeRecord('rubbish')).toMatchObject({ type: 'end', tags: [] });
    expect(decodeRecord('')).toMatchObject({ type: 'end', tags: [] });
  });
});
