import fc from 'fast-check';
import type { Caller } from './caller.js';
import { denialOf } from './denial.js';
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
const anyTarget = fc.option(organization, { nil: undefined });

const isPermitted = (caller: Caller, rule: AccessRule, target: string | undefined): boolean =>
  denialOf(caller, rule, target) === undefined;

describe('access', () => {
  it('is permitted to all callers by a rule for anyone', () => {
    fc.assert(
      fc.property(anyCaller, anyTarget, (caller, target) => expect(isPermitted(caller, ANYONE, target)).toBe(true)),
    );
  });

  it('is denied to members outside their own organization', () => {
    fc.assert(
      fc.property(member, permitted, organization, (caller, rule, target) => {
        fc.pre(target !== caller.organizationId);
        expect(denialOf(caller, rule, target)).toMatchObject({ code: 'auth.organization_mismatch', missing: [] });
      }),
    );
  });

  it('is denied to members by a rule for services', () => {
    fc.assert(
      fc.property(member, services, anyTarget, (caller, rule, target) => {
        expect(denialOf(caller, rule, target)).toMatchObject({ code: 'auth.forbidden' });
      }),
    );
  });

  it('is permitted to users only by rules for users, whatever their scopes', () => {
    fc.assert(
      fc.property(user, anyRule, anyTarget, (caller, rule, target) => {
        expect(isPermitted(caller, rule, target)).toBe(rule.who === 'users' || rule.who === 'anyone');
      }),
    );
  });

  it('is denied to other callers by a rule for users', () => {
    fc.assert(
      fc.property(fc.oneof(service, member), anyTarget, (caller, target) => {
        expect(denialOf(caller, USERS, target)).toMatchObject({ code: 'auth.forbidden' });
      }),
    );
  });

  it('is permitted everywhere to a service with the scope all', () => {
    fc.assert(
      fc.property(service, fc.oneof(permitted, services), anyTarget, (caller, rule, target) => {
        expect(isPermitted({ ...caller, scopes: new Set(['all']) }, rule, target)).toBe(true);
      }),
    );
  });

  it('does not depend on the scope all for callers that are no service', () => {
    fc.assert(
      fc.property(fc.oneof(member, user), anyRule, anyTarget, (caller, rule, target) => {
        const without = { ...caller, scopes: new Set([...caller.scopes].filter((scope) => scope !== 'all')) };
        const withAll = { ...caller, scopes: new Set([...without.scopes, 'all']) };
        expect(isPermitted(withAll, rule, target)).toBe(isPermitted(without, rule, target));
      }),
    );
  });

  it('requires all permissions, and a denial names exactly the missing ones', () => {
    fc.assert(
      fc.property(fc.oneof(service, member), permissions, (caller, list) => {
        const held = new Set([...caller.scopes].filter((scope) => scope !== 'all'));
        const target = caller.kind === 'organization' ? caller.organizationId : 'acme';
        const missing = list.filter((name) => !held.has(name));
        const denial = denialOf({ ...caller, scopes: held }, needs(...list), target);
        expect(denial?.missing ?? []).toEqual(missing);
        for (const name of missing) expect(denial?.detail).toContain(name);
      }),
    );
  });
});
