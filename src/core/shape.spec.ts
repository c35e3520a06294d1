import { describe, expect, it } from '@jest/globals';
import { NAMED, violationOf, type Shape } from './shape.js';

const MEMBERS = [{ id: 'string', organizationRoles: [NAMED] }] as const satisfies Shape;

describe('shape', () => {
  it('accepts a value that has the fields, whatever other fields it has', () => {
    const members = [{ id: 'a', name: null, organizationRoles: [{ id: 'r', name: 'admin', extra: [] }] }];
    expect(violationOf(MEMBERS, members)).toBeUndefined();
    expect(violationOf(MEMBERS, [])).toBeUndefined();
  });

  it.each<[unknown, string]>([
    [{}, 'the body is not a list'],
    [null, 'the body is not a list'],
    ['text', 'the body is not a list'],
    [[{ id: 'a', organizationRoles: [] }, null], '/1 is not an object'],
    [[[]], '/0 is not an object'],
    [[{ id: 7, organizationRoles: [] }], '/0/id is not a string'],
    [[{ id: 'a' }], '/0/organizationRoles is not a list'],
    [[{ id: 'a', organizationRoles: {} }], '/0/organizationRoles is not a list'],
    [[{ id: 'a', organizationRoles: [{ id: 'r' }] }], '/0/organizationRoles/0/name is not a string'],
  ])('names the location of the violation: %j', (value, sentence) => {
    expect(violationOf(MEMBERS, value)).toBe(sentence);
  });

  it('distinguishes numbers from strings', () => {
    expect([violationOf({ n: 'number' }, { n: 1 }), violationOf({ n: 'number' }, { n: '1' })]).toEqual([
      undefined,
      '/n is not a number',
    ]);
  });

  it('never repeats the value, which may be a secret', () => {
    expect(violationOf({ id: 'string' }, { id: { secret: 'hunter2' } })).not.toContain('hunter2');
  });
});
