import type { MemberDto } from '../members/member.dto.js';
import type { Order, Sort } from './member-selection.dto.js';

/** Ignores case and accents, and compares numbers in names numerically. */
const names = new Intl.Collator('en', { sensitivity: 'base', numeric: true });

const compare = (a: string | number, b: string | number): number =>
  typeof a === 'string' && typeof b === 'string' ? names.compare(a, b) : Number(a) - Number(b);

/** Sorts members; missing values come last in either direction. */
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

/** Filters members by a role's id or name. */
export const withRole = (members: readonly MemberDto[], role: string | undefined): readonly MemberDto[] =>
  role === undefined
    ? members
    : members.filter(({ organizationRoles }) => organizationRoles.some(({ id, name }) => id === role || name === role));
