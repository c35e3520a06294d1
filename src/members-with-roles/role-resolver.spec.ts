import { describe, expect, it } from '@jest/globals';
import { RoleResolver } from './role-resolver.js';

const resolver = new RoleResolver([
  { id: 'r2', name: 'member', type: 'User' },
  { id: 'r1', name: 'owner', type: 'User' },
  { id: 'r3', name: 'robot', type: 'MachineToMachine' },
]);
const userId = 'u';

describe('the roles of a new member', () => {
  it.each([
    ['none', {}, []],
    ['empty lists', { organizationRoleIds: [], organizationRoleNames: [] }, []],
    ['ids', { organizationRoleIds: ['r2', 'r1'] }, ['r1', 'r2']],
    ['names', { organizationRoleNames: ['member', 'owner'] }, ['r1', 'r2']],
    ['both', { organizationRoleIds: ['r2'], organizationRoleNames: ['owner'] }, ['r1', 'r2']],
    ['one by id, by name and twice', { organizationRoleIds: ['r1', 'r1'], organizationRoleNames: ['owner'] }, ['r1']],
  ])('are distinct and sorted: %s', (_what, named, ids) => {
    expect(resolver.knows({ userId, ...named })).toBe(true);
    expect(resolver.idsOf({ userId, ...named })).toEqual(ids);
  });

  it.each([
    ['an unknown id', { organizationRoleIds: ['r1', 'nope'] }, 'entity.relation_foreign_key_not_found', 'nope'],
    ['an unknown name', { organizationRoleNames: ['owner', 'Owner'] }, 'organization.role_names_not_found', 'Owner'],
    ['a name given as id', { organizationRoleIds: ['owner'] }, 'entity.relation_foreign_key_not_found', 'owner'],
  ])('are refused with Logto’s code for %s', (_what, named, code, culprit) => {
    expect(resolver.knows({ userId, ...named })).toBe(false);
    expect(() => resolver.idsOf({ userId, ...named })).toThrow(expect.objectContaining({ status: 422, code }));
    expect(() => resolver.idsOf({ userId, ...named })).toThrow(culprit);
  });

  it.each([{ organizationRoleIds: ['r3'] }, { organizationRoleNames: ['robot'] }])(
    'are refused if they are for machines: %j',
    (named) => {
      expect(resolver.knows({ userId, ...named })).toBe(true);
      expect(() => resolver.idsOf({ userId, ...named })).toThrow(
        expect.objectContaining({ status: 422, code: 'entity.db_constraint_violated' }),
      );
    },
  );
});
