import fc from 'fast-check';
import type { Caller } from './caller.js';
import { denialOf } from './may.js';
import { type AccessRule, ANYONE, needs, type Permission, PERMISSIONS, servicesWith, USERS } from './permissions.js';

const names = Object.keys(PERMISSIONS) as Permission[];
const scopes = fc.subarray([...names, 'all']).map((list) => new Set<string>(list));
const identity = { subject: fc.constant('who'), clientId: fc.constant('client'), scopes, machine: fc.boolean() };
const organization = fc.constantFrom('acme', 'other');

const service = fc.record({ kind: fc.constant('service' as const), ...identity });
const member = fc.record({ kind: fc.constant('organization' as const), organizationId: organization, ...identity });
const user = fc.record({ kind: fc.constant('user' as const), ...identity });
const anyCaller: fc.Arbitrary<Caller> = fc.oneof(service, member, user);

const permissions = fc.subarray(names, { minLength: 1 });
const permitted = permissions.map((list) => needs(...list));
const services = permissions.map((list) => servicesWith(...list));
const anyRule: fc.Arbitrary<AccessRule> = fc.oneof(permitted, services, fc.constant(USERS), fc.constant(ANYONE));
const anyPlace = fc.option(organization, { nil: undefined });

const may = (caller: Caller, rule: AccessRule, place: string | undefined): boolean =>
  denialOf(caller, rule, place) === undefined;

describe('what a caller may', () => {
  it('is everything where the rule is for anyone', () => {
    fc.assert(fc.property(anyCaller, anyPlace, (caller, place) => expect(may(caller, ANYONE, place)).toBe(true)));
  });

  it('is nothing outside its own organization, for a member', () => {
    fc.assert(
      fc.property(member, permitted, organization, (caller, rule, place) => {
        fc.pre(place !== caller.organizationId);
        expect(denialOf(caller, rule, place)).toMatchObject({ code: 'auth.organization_mismatch', missing: [] });
      }),
    );
  });

  it('is nothing that is for services, for a member', () => {
    fc.assert(
      fc.property(member, services, anyPlace, (caller, rule, place) => {
        expect(denialOf(caller, rule, place)).toMatchObject({ code: 'auth.forbidden' });
      }),
    );
  });

  it('is, for a user, what is for users and nothing else, whatever the scopes', () => {
    fc.assert(
      fc.property(user, anyRule, anyPlace, (caller, rule, place) => {
        expect(may(caller, rule, place)).toBe(rule.who === 'users' || rule.who === 'anyone');
      }),
    );
  });

  it('is never what is for users, for anybody else', () => {
    fc.assert(
      fc.property(fc.oneof(service, member), anyPlace, (caller, place) => {
        expect(denialOf(caller, USERS, place)).toMatchObject({ code: 'auth.forbidden' });
      }),
    );
  });

  it('is everything for a service with the scope all, wherever it is', () => {
    fc.assert(
      fc.property(service, fc.oneof(permitted, services), anyPlace, (caller, rule, place) => {
        expect(may({ ...caller, scopes: new Set(['all']) }, rule, place)).toBe(true);
      }),
    );
  });

  it('does not grow with the scope all for anyone but a service', () => {
    fc.assert(
      fc.property(fc.oneof(member, user), anyRule, anyPlace, (caller, rule, place) => {
        const without = { ...caller, scopes: new Set([...caller.scopes].filter((scope) => scope !== 'all')) };
        const withAll = { ...caller, scopes: new Set([...without.scopes, 'all']) };
        expect(may(withAll, rule, place)).toBe(may(without, rule, place));
      }),
    );
  });

  it('takes every one of the permissions, and a refusal names exactly those missing', () => {
    fc.assert(
      fc.property(fc.oneof(service, member), permissions, (caller, list) => {
        const held = new Set([...caller.scopes].filter((scope) => scope !== 'all'));
        const place = caller.kind === 'organization' ? caller.organizationId : 'acme';
        const missing = list.filter((name) => !held.has(name));
        const denial = denialOf({ ...caller, scopes: held }, needs(...list), place);
        expect(denial?.missing ?? []).toEqual(missing);
        for (const name of missing) expect(denial?.detail).toContain(name);
      }),
    );
  });
});
