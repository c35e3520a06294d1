import { describe, expect, it } from '@jest/globals';
import { replyOf } from '../../test/support/far-end.js';
import type { RolesUpstream } from '../roles/roles.upstream.js';
import type { UpstreamReply } from '../core/exchange.js';
import { LogtoRefusal, UpstreamFault } from '../core/faults.js';
import { MeService } from './me.service.js';
import type { MeUpstream } from './me.upstream.js';

const nobody = {} as MeUpstream;
const rolesThat = (ofMember: () => Promise<UpstreamReply>): RolesUpstream =>
  ({
    ofMember,
    scopesOfMember: async () => replyOf([{ tenantId: 'default', id: 's', name: 'read:members', description: null }]),
  }) as unknown as RolesUpstream;

describe('the user’s membership', () => {
  it('has only ids and names of roles and scopes', async () => {
    const roles = rolesThat(async () =>
      replyOf([{ tenantId: 'default', id: 'r', name: 'member', description: 'x', type: 'User' }]),
    );
    const { payload } = await new MeService(nobody, roles).membership('u', 'o');
    expect(payload.json()).toEqual({
      id: 'o',
      organizationRoles: [{ id: 'r', name: 'member' }],
      scopes: [{ id: 's', name: 'read:members' }],
    });
  });

  it('has the age of its oldest part', async () => {
    const provenance = { source: 'cache', ageMs: 700, ttlMs: 300, stored: false, collapsed: false } as const;
    const roles = rolesThat(async () => replyOf([], { provenance }));
    expect((await new MeService(nobody, roles).membership('u', 'o')).provenance).toMatchObject({
      source: 'upstream',
      ageMs: 700,
      ttlMs: 0,
    });
  });

  it('is 404 if the user is not a member', async () => {
    const roles = rolesThat(() =>
      Promise.reject(new LogtoRefusal(422, 'organization.require_membership', 'no member')),
    );
    await expect(new MeService(nobody, roles).membership('u', 'o')).rejects.toMatchObject({
      status: 404,
      code: 'entity.not_found',
    });
  });

  it.each([
    new LogtoRefusal(400, 'guard.invalid_input', 'x'),
    new UpstreamFault('upstream.timeout', 'x'),
    new TypeError('ours'),
  ])('passes other errors on: %s', async (error) => {
    const roles = rolesThat(() => Promise.reject(error));
    await expect(new MeService(nobody, roles).membership('u', 'o')).rejects.toBe(error);
  });
});
