import type { Caller } from '../access/caller.js';
import type { Payload } from '../upstream/payload.js';
import type { PublicMemberDto } from './member.dto.js';

/** What anyone with the permission may see of a member. */
export const PUBLIC_FIELDS = [
  'id',
  'username',
  'name',
  'avatar',
  'primaryEmail',
  'primaryPhone',
  'organizationRoles',
] as const satisfies readonly (keyof PublicMemberDto)[];

/** The public profile of whatever Logto says of a member. */
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

/** Services see members as Logto sends them, byte for byte; everyone else the public profile. */
export const membersAsSeenBy = (caller: Caller, members: Payload): Payload =>
  caller.kind === 'service' ? members : members.view<PublicMemberDto[]>('public', (list) => list.map(publicMember));
