import { describe, expect, it } from '@jest/globals';
import type { MemberDto } from '../members/member.dto.js';
import { sortMembers, withRole } from './member-order.js';

const member = (id: string, more: Partial<MemberDto> = {}): MemberDto =>
  ({ id, name: null, organizationRoles: [], ...more }) as MemberDto;
const ids = (members: readonly MemberDto[]) => members.map(({ id }) => id).join('');

describe('members in another order', () => {
  const people = [
    member('a', { name: 'Zoë', createdAt: 3, lastSignInAt: null }),
    member('b', { name: 'adam 10', createdAt: 1, lastSignInAt: 5 }),
    member('c', { name: null, createdAt: 2 }),
    member('d', { name: 'Ádam 9', createdAt: 2, lastSignInAt: 9 }),
  ];

  it('stay by id when none is asked for', () => {
    expect(sortMembers(people, undefined)).toBe(people);
  });

  it('are sorted by name as people read names: case and accents do not count, numbers do', () => {
    expect(ids(sortMembers(people, 'name'))).toBe('dbac');
  });

  it.each([
    ['createdAt', 'asc', 'bcda'],
    ['createdAt', 'desc', 'acdb'],
    ['lastSignInAt', 'asc', 'bdac'],
    ['lastSignInAt', 'desc', 'dbac'],
    ['name', 'desc', 'abdc'],
  ] as const)('by %s %s: who has no such value comes last, equals stay by id', (sort, order, expected) => {
    expect(ids(sortMembers(people, sort, order))).toBe(expected);
  });

  it('do not disturb the list they came from, which is the cache’s', () => {
    const before = ids(people);
    sortMembers(people, 'name', 'desc');
    expect(ids(people)).toBe(before);
  });
});

describe('members with a role', () => {
  const people = [
    member('a', { organizationRoles: [{ id: 'r1', name: 'owner' }] }),
    member('b', {
      organizationRoles: [
        { id: 'r2', name: 'guest' },
        { id: 'r1', name: 'owner' },
      ],
    }),
    member('c'),
  ];

  it.each([
    ['r1', 'ab'],
    ['owner', 'ab'],
    ['guest', 'b'],
    ['Owner', ''],
    [undefined, 'abc'],
  ])('%p are %p', (role, expected) => {
    expect(ids(withRole(people, role))).toBe(expected);
  });
});
