import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../access/caller.js';
import { Payload } from '../upstream/payload.js';
import { membersAsSeenBy, PUBLIC_FIELDS, publicMember } from './public-member.js';

const identity = { subject: 's', clientId: 's', scopes: new Set<string>(), machine: true };
const service: Caller = { ...identity, kind: 'service' };
const organization: Caller = { ...identity, kind: 'organization', organizationId: 'o' };
const user: Caller = { ...identity, kind: 'user' };

const shown = {
  id: 'user00000001',
  username: 'ada',
  name: 'Ada',
  avatar: null,
  primaryEmail: 'ada@example.test',
  primaryPhone: null,
  organizationRoles: [{ id: 'r', name: 'member' }],
};
const hidden = {
  customData: { salary: 1 },
  identities: { github: {} },
  profile: {},
  lastSignInAt: 1,
  isSuspended: false,
  passwordDigest: 'never heard of',
};

describe('the public profile', () => {
  it('has the public fields and nothing else, whatever Logto adds one day', () => {
    expect(publicMember({ ...shown, ...hidden })).toEqual(shown);
    expect(Object.keys(publicMember({ ...shown, ...hidden }))).toEqual([...PUBLIC_FIELDS]);
  });
});

describe('a list of members', () => {
  const members = new Payload(Buffer.from(`[ ${JSON.stringify({ ...shown, ...hidden })} ]`));

  it('is what Logto sent, byte for byte, for services', () => {
    expect(membersAsSeenBy(service, members)).toBe(members);
  });

  it.each([organization, user])('is public profiles for everybody else: $kind', (caller) => {
    expect(membersAsSeenBy(caller, members).json()).toEqual([shown]);
    expect(membersAsSeenBy(caller, members).bytes.toString()).not.toContain('salary');
  });

  it('is made once for all who see the same', () => {
    expect(membersAsSeenBy(organization, members)).toBe(membersAsSeenBy(user, members));
  });

  it('has another ETag in another view', () => {
    expect(membersAsSeenBy(organization, members).etag).not.toBe(members.etag);
  });
});
