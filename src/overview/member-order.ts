import type { MemberDto } from '../members/member.dto.js';
import type { Order, Sort } from './member-selection.dto.js';

/** Names as people look for them: case and accents only decide between equals. */
const names = new Intl.Collator('en', { sensitivity: 'base', numeric: true });

const compare = (a: string | number, b: string | number): number =>
  typeof a === 'string' && typeof b === 'string' ? names.compare(a, b) : Number(a) - Number(b);

/** The members in another order than by id; who has no such value comes last, in either direction. */
export function sortMembers(
  members: readonly MemberDto[],
  sort: Sort | undefined,
  order: Order = 'asc',
): readonly MemberDto[] {
  if (!sort) return members;
  const direction = order === 'asc' ? 1 : -1;
  return members.toSorted((a, b) => {
    const [left, right] = [a[sort] ?? undefined, b[sort] ?? undefined];
    if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
    return direction * compare(left, right);
  });
}

/** Members who have the role, named by its id or its name. */
export const withRole = (members: readonly MemberDto[], role: string | undefined): readonly MemberDto[] =>
  role === undefined
    ? members
    : members.filter(({ organizationRoles }) => organizationRoles.some(({ id, name }) => id === role || name === role));
