import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../access/caller.js';
import { Payload } from '../core/payload.js';
import { membersAsSeenBy, PUBLIC_FIELDS, publicMember } from './public-member.js';

const identity = { subject: 's', clientId: 's', scopes: new Set<string>(), machine: true };
const service: Caller = { ...identity, kind: 'service' };
const organization: Caller = { ...identity, kind: 'organization', organizationId: 'o' };
const user: Caller = { ...identity, kind: 'user' };

const publicFields = {
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
  it('has only the public fields, whatever fields Logto adds', () => {
    expect(publicMember({ ...publicFields, ...hidden })).toEqual(publicFields);
    expect(Object.keys(publicMember({ ...publicFields, ...hidden }))).toEqual([...PUBLIC_FIELDS]);
  });
});

describe('a list of members', () => {
  const members = new Payload(Buffer.from(`[ ${JSON.stringify({ ...publicFields, ...hidden })} ]`));

  it('is Logto’s payload, byte for byte, for services', () => {
    expect(membersAsSeenBy(service, members)).toBe(members);
  });

  it.each([organization, user])('contains public profiles for other callers: $kind', (caller) => {
    expect(membersAsSeenBy(caller, members).json()).toEqual([publicFields]);
    expect(membersAsSeenBy(caller, members).bytes.toString()).not.toContain('salary');
  });

  it('is created once for all callers with the same view', () => {
    expect(membersAsSeenBy(organization, members)).toBe(membersAsSeenBy(user, members));
  });

  it('has a different ETag in each view', () => {
    expect(membersAsSeenBy(organization, members).etag).not.toBe(members.etag);
  });
});
