import type { Caller } from '../access/caller.js';
import type { Payload } from '../core/payload.js';
import type { PublicMemberDto } from './member.dto.js';

/** The fields of a member that every caller with the permission may see. */
export const PUBLIC_FIELDS = [
  'id',
  'username',
  'name',
  'avatar',
  'primaryEmail',
  'primaryPhone',
  'organizationRoles',
] as const satisfies readonly (keyof PublicMemberDto)[];

/** Reduces Logto's member to the public profile. */
export const publicMember = ({
  id,
  username,
  name,
  avatar,
  primaryEmail,
  primaryPhone,
  organizationRoles,
}: PublicMemberDto): PublicMemberDto => ({
  id,
  username,
  name,
  avatar,
  primaryEmail,
  primaryPhone,
  organizationRoles,
});

/** Services see members as Logto sends them, byte for byte; other callers see the public profile. */
export const membersAsSeenBy = (caller: Caller, members: Payload): Payload =>
  caller.kind === 'service' ? members : members.view<PublicMemberDto[]>('public', (list) => list.map(publicMember));
