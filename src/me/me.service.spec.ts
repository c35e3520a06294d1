import { describe, expect, it } from '@jest/globals';
import { replyOf } from '../../test/support/far-end.js';
import type { RolesUpstream } from '../roles/roles.upstream.js';
import type { UpstreamReply } from '../upstream/exchange.js';
import { LogtoRefusal, UpstreamFault } from '../upstream/upstream-fault.js';
import { MeService } from './me.service.js';
import type { MeUpstream } from './me.upstream.js';

const nobody = {} as MeUpstream;
const rolesThat = (ofMember: () => Promise<UpstreamReply>): RolesUpstream =>
  ({
    ofMember,
    scopesOfMember: async () => replyOf([{ tenantId: 'default', id: 's', name: 'read:members', description: null }]),
  }) as unknown as RolesUpstream;

describe('a membership of one’s own', () => {
  it('names roles and scopes, and nothing Logto says of them besides', async () => {
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

  it('is as old as its older half', async () => {
    const provenance = { source: 'cache', ageMs: 700, ttlMs: 300, stored: false, collapsed: false } as const;
    const roles = rolesThat(async () => replyOf([], { provenance }));
    expect((await new MeService(nobody, roles).membership('u', 'o')).provenance).toMatchObject({
      source: 'upstream',
      ageMs: 700,
      ttlMs: 0,
    });
  });

  it('is 404 where Logto says that the user is no member', async () => {
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
  ])('fails as it failed for every other reason: %s', async (error) => {
    const roles = rolesThat(() => Promise.reject(error));
    await expect(new MeService(nobody, roles).membership('u', 'o')).rejects.toBe(error);
  });
});
