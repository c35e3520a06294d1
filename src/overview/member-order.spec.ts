import { describe, expect, it } from '@jest/globals';
import type { MemberDto } from '../members/member.dto.js';
import { sortMembers, withRole } from './member-order.js';

const member = (id: string, more: Partial<MemberDto> = {}): MemberDto =>
  ({ id, name: null, organizationRoles: [], ...more }) as MemberDto;
const ids = (members: readonly MemberDto[]) => members.map(({ id }) => id).join('');

describe('sorted members', () => {
  const people = [
    member('a', { name: 'Zoë', createdAt: 3, lastSignInAt: null }),
    member('b', { name: 'adam 10', createdAt: 1, lastSignInAt: 5 }),
    member('c', { name: null, createdAt: 2 }),
    member('d', { name: 'Ádam 9', createdAt: 2, lastSignInAt: 9 }),
  ];

  it('are unchanged without a sort field', () => {
    expect(sortMembers(people, undefined)).toBe(people);
  });

  it('are sorted by name regardless of case and accents, with numbers in numeric order', () => {
    expect(ids(sortMembers(people, 'name'))).toBe('dbac');
  });

  it.each([
    ['createdAt', 'asc', 'bcda'],
    ['createdAt', 'desc', 'acdb'],
    ['lastSignInAt', 'asc', 'bdac'],
    ['lastSignInAt', 'desc', 'dbac'],
    ['name', 'desc', 'abdc'],
  ] as const)('by %s %s have missing values last and equal values by id', (sort, order, expected) => {
    expect(ids(sortMembers(people, sort, order))).toBe(expected);
  });

  it('are a copy, because the original list belongs to the cache', () => {
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
