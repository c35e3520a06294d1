import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mergePatch } from './merge-patch.js';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const isObject = (value: Json | undefined): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Equal values, equal texts: the order of names counts for nothing. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_name, part: Json) =>
    isObject(part) ? Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)) : part,
  );

/** The pseudocode of RFC 7396, section 2, line by line. */
const byTheBook = (target: Json | undefined, patch: Json): Json => {
  if (!isObject(patch)) return patch;
  let result: [string, Json][] = isObject(target) ? Object.entries(target) : [];
  for (const [name, value] of Object.entries(patch)) {
    const present = result.find(([known]) => known === name)?.[1];
    result = result.filter(([known]) => known !== name);
    if (value !== null) result.push([name, byTheBook(present, value)]);
  }
  return Object.fromEntries(result);
};

const withoutNulls = (value: Json): Json => {
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, part]) => part !== null);
  return Object.fromEntries(kept.map(([name, part]) => [name, withoutNulls(part)]));
};

/** A part of an object; not what every object inherits. */
const own = (object: { [name: string]: Json }, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/** The patch that makes one document of another. */
const difference = (from: Json | undefined, to: Json): Json => {
  if (!isObject(from) || !isObject(to)) return to;
  const gone = Object.keys(from).filter((name) => !Object.hasOwn(to, name));
  const changes = Object.entries(to).filter(([name, value]) => canonical(own(from, name)) !== canonical(value));
  return Object.fromEntries([
    ...gone.map((name): [string, Json] => [name, null]),
    ...changes.map(([name, value]): [string, Json] => [name, difference(own(from, name), value)]),
  ]);
};

const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
};

const names = fc.oneof(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', ''), fc.string());
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.string()),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.uniqueArray(fc.tuple(names, tie('value')), { maxLength: 5, selector: ([name]) => name }).map(Object.fromEntries),
  ),
})).value;

describe('a merge patch', () => {
  // RFC 7396, appendix A, all of it.
  it.each<[Json, Json, Json]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('makes of %j with %j what the RFC says: %j', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  it('does what the pseudocode of the RFC does, whatever it is given', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        expect(canonical(mergePatch(target, patch))).toBe(canonical(byTheBook(target, patch)));
      }),
    );
  });

  it('made of the difference of two documents turns the one into the other', () => {
    fc.assert(
      fc.property(json.map(withoutNulls), json.map(withoutNulls), (from, to) => {
        expect(canonical(mergePatch(from, difference(from, to)))).toBe(canonical(to));
      }),
    );
  });

  it('changes nothing more when it comes a second time', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const once = mergePatch(target, patch);
        expect(canonical(mergePatch(once, patch))).toBe(canonical(once));
      }),
    );
  });

  it('leaves both documents as they were', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const before = canonical([target, patch]);
        mergePatch(frozen(target), frozen(patch));
        expect(canonical([target, patch])).toBe(before);
      }),
    );
  });

  it('takes __proto__ for a name like any other', () => {
    const merged = mergePatch({ a: 1 }, JSON.parse('{"__proto__":{"polluted":true}}')) as object;
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(Object.keys(merged)).toEqual(['a', '__proto__']);
    expect({}).not.toHaveProperty('polluted');
  });
});
