import { describe, expect, it } from '@jest/globals';
import { NAMED, objectionTo, type Shape } from './shape.js';

const MEMBERS = [{ id: 'string', organizationRoles: [NAMED] }] as const satisfies Shape;

describe('shape', () => {
  it('lets through what has the fields, whatever else it has', () => {
    const members = [{ id: 'a', name: null, organizationRoles: [{ id: 'r', name: 'admin', extra: [] }] }];
    expect(objectionTo(MEMBERS, members)).toBeUndefined();
    expect(objectionTo(MEMBERS, [])).toBeUndefined();
  });

  it.each<[unknown, string]>([
    [{}, 'the body is no list'],
    [null, 'the body is no list'],
    ['text', 'the body is no list'],
    [[{ id: 'a', organizationRoles: [] }, null], '/1 is no object'],
    [[[]], '/0 is no object'],
    [[{ id: 7, organizationRoles: [] }], '/0/id is no string'],
    [[{ id: 'a' }], '/0/organizationRoles is no list'],
    [[{ id: 'a', organizationRoles: {} }], '/0/organizationRoles is no list'],
    [[{ id: 'a', organizationRoles: [{ id: 'r' }] }], '/0/organizationRoles/0/name is no string'],
  ])('names the place of what is wrong: %j', (value, sentence) => {
    expect(objectionTo(MEMBERS, value)).toBe(sentence);
  });

  it('tells numbers from text', () => {
    expect([objectionTo({ n: 'number' }, { n: 1 }), objectionTo({ n: 'number' }, { n: '1' })]).toEqual([
      undefined,
      '/n is no number',
    ]);
  });

  it('never repeats the value, which may be a secret', () => {
    expect(objectionTo({ id: 'string' }, { id: { secret: 'hunter2' } })).not.toContain('hunter2');
  });
});
