import { ilike } from '../data/like.js';
import type { User } from '../data/rows.js';
import { Refusal } from '../http/refusal.js';

const columns: Readonly<Record<string, (user: User) => string | null>> = {
  id: ({ id }) => id,
  primary_email: ({ primaryEmail }) => primaryEmail,
  primary_phone: ({ primaryPhone }) => primaryPhone,
  username: ({ username }) => username,
  name: ({ name }) => name,
};
const columnNames: Readonly<Record<string, string>> = { primaryEmail: 'primary_email', primaryPhone: 'primary_phone' };

const invalid = (details: string) => new Refusal(400, 'request.invalid_input', { values: { details }, data: {} });

/** Logto's search of users: `search` in all columns, `search.name` in one, `mode.id=exact` for several ids at once. */
export function userFilter(query: URLSearchParams): (user: User) => boolean {
  const keys = [...new Set(query.keys())].filter((key) => key === 'search' || key.startsWith('search.'));
  const filters = keys.map((key): ((user: User) => boolean) => {
    const field = key.slice('search.'.length);
    const values = query.getAll(key).filter((value) => value !== '');
    const mode = query.get(field ? `mode.${field}` : 'mode') ?? 'like';
    const column = columns[columnNames[field] ?? field];
    if (field && !column) {
      throw invalid(`Search field \`${field}\` is not valid, expect one of ${Object.keys(columns).join(', ')}.`);
    }
    if (values.length > 1 && mode !== 'exact') {
      throw invalid('Only one search value is allowed when search mode is not `exact`.');
    }
    const read = (user: User) => (column ? [column(user)] : Object.values(columns).map((of) => of(user)));
    if (values.length === 0) return () => true;
    if (mode === 'exact') {
      const wanted = new Set(values);
      return (user) => read(user).some((value) => value !== null && wanted.has(value));
    }
    const matches = ilike(values[0] ?? '');
    return (user) => matches(...read(user));
  });
  const all = query.get('joint') === 'and';
  return (user) =>
    filters.length === 0 || (all ? filters.every((filter) => filter(user)) : filters.some((filter) => filter(user)));
}
