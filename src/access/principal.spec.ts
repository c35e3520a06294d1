import { describe, expect, it } from '@jest/globals';
import type { Caller } from './caller.js';
import { principalOf } from './principal.js';

const identity = { subject: 'ada', clientId: 'app', machine: false, scopes: new Set<string>() };
const user: Caller = { kind: 'user', ...identity };

describe('the principal', () => {
  it('is the same for all tokens of a caller, whatever their scopes', () => {
    expect(principalOf({ ...user, scopes: new Set(['all']) })).toBe(principalOf(user));
  });

  it.each<[string, Caller]>([
    ['kind', { ...user, kind: 'service' }],
    ['subject', { ...user, subject: 'bo' }],
    ['client', { ...user, clientId: 'other' }],
    ['organization', { ...user, kind: 'organization', organizationId: 'x' }],
    ['boundary between the fields', { ...user, subject: 'ad', clientId: 'aapp' }],
  ])('differs with the %s', (_what, other) => {
    expect(principalOf(other)).not.toBe(principalOf(user));
  });

  it('differs with the organization of the same person', () => {
    const member: Caller = { kind: 'organization', organizationId: 'x', ...identity };
    expect(principalOf({ ...member, organizationId: 'y' })).not.toBe(principalOf(member));
  });
});
