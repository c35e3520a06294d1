import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mergePatch } from './merge-patch.js';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const isObject = (value: Json | undefined): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Equal values have equal strings: the order of names does not matter. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_name, part: Json) =>
    isObject(part) ? Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)) : part,
  );

/** The pseudocode of RFC 7396, section 2, line by line. */
const specification = (target: Json | undefined, patch: Json): Json => {
  if (!isObject(patch)) return patch;
  let result: [string, Json][] = isObject(target) ? Object.entries(target) : [];
  for (const [name, value] of Object.entries(patch)) {
    const present = result.find(([known]) => known === name)?.[1];
    result = result.filter(([known]) => known !== name);
    if (value !== null) result.push([name, specification(present, value)]);
  }
  return Object.fromEntries(result);
};

const withoutNulls = (value: Json): Json => {
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, part]) => part !== null);
  return Object.fromEntries(kept.map(([name, part]) => [name, withoutNulls(part)]));
};

/** An own property of an object, not an inherited one. */
const own = (object: { [name: string]: Json }, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/** The patch that turns one document into another. */
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
  ])('turns %j with %j into %j, as in the RFC', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  it('has the same result as the pseudocode of the RFC', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        expect(canonical(mergePatch(target, patch))).toBe(canonical(specification(target, patch)));
      }),
    );
  });

  it('of the difference of two documents turns one into the other', () => {
    fc.assert(
      fc.property(json.map(withoutNulls), json.map(withoutNulls), (from, to) => {
        expect(canonical(mergePatch(from, difference(from, to)))).toBe(canonical(to));
      }),
    );
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const once = mergePatch(target, patch);
        expect(canonical(mergePatch(once, patch))).toBe(canonical(once));
      }),
    );
  });

  it('does not modify its arguments', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const before = canonical([target, patch]);
        mergePatch(frozen(target), frozen(patch));
        expect(canonical([target, patch])).toBe(before);
      }),
    );
  });

  it('treats __proto__ like any other name', () => {
    const merged = mergePatch({ a: 1 }, JSON.parse('{"__proto__":{"polluted":true}}')) as object;
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(Object.keys(merged)).toEqual(['a', '__proto__']);
    expect({}).not.toHaveProperty('polluted');
  });
});
