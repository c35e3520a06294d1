import type { User } from './rows.js';
import type { Tables } from './tables.js';

/** The unique fields with which a user can sign in. */
const IDENTIFIERS = ['username', 'primaryEmail', 'primaryPhone'] as const;

export type Identifier = (typeof IDENTIFIERS)[number];

/** The first of a user's identifiers that is already used by another user. */
export const takenIdentifier = (tables: Tables, user: User): Identifier | undefined =>
  IDENTIFIERS.find((field) => {
    const owner = tables.identifiers.get(`${field}:${user[field] ?? ''}`);
    return user[field] !== null && owner !== undefined && owner !== user.id;
  });

/** Stores a user and indexes its identifiers. */
export function putUser(tables: Tables, user: User): void {
  const before = tables.users.get(user.id);
  for (const field of IDENTIFIERS) {
    if (before?.[field]) tables.identifiers.delete(`${field}:${before[field]}`);
    if (user[field] !== null) tables.identifiers.set(`${field}:${user[field]}`, user.id);
  }
  tables.users.set(user.id, user);
}
