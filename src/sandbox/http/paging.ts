import { json, type SandboxAnswer, type SandboxRequest } from './exchange.js';
import { nothingToUpdate, Refusal } from './refusal.js';

/** Which rows of a list are asked for. */
export interface Window {
  readonly offset: number;
  readonly limit: number;
}

const DEFAULT_SIZE = 20;
const LARGEST_SIZE = 100;
const LARGEST_BIGINT = 2 ** 63;

/** Logto reads with `Number()`: ' 1', '1e1' and '0x2' are numbers, and a fraction is refused only by the database. */
function read(values: readonly string[], fallback: number, most: number): number {
  if (values.length > 1) throw new Refusal(400, 'guard.invalid_pagination');
  const value = values[0] ? Number(values[0]) : fallback;
  if (Number.isNaN(value) || value < 1 || value > most) throw new Refusal(400, 'guard.invalid_pagination');
  return value;
}

export function windowOf(query: URLSearchParams): Window {
  const page = read(query.getAll('page'), 1, Infinity);
  const limit = read(query.getAll('page_size'), DEFAULT_SIZE, LARGEST_SIZE);
  const offset = (page - 1) * limit;
  const storable = Number.isInteger(limit) && Number.isInteger(offset) && offset < LARGEST_BIGINT;
  if (!storable) throw nothingToUpdate();
  return { offset, limit };
}

/** Lists of a role's scopes and the like are paged only when a page is asked for. */
export const windowIfAsked = (query: URLSearchParams): Window | undefined =>
  query.get('page') || query.get('page_size') ? windowOf(query) : undefined;

function linksOf({ path, query, headers }: SandboxRequest, total: number, { offset, limit }: Window): string[] {
  const host = headers['x-forwarded-host'] ?? headers['host'] ?? 'localhost';
  const origin = `${headers['x-forwarded-proto'] ?? 'http'}://${host}`;
  const current = Math.floor(offset / limit) + 1;
  const last = Math.max(1, Math.ceil(total / limit));
  // The prefix is missing in Logto too: these links lead to a web page.
  const target = origin + path.replace(/^\/api/, '');
  const link = (rel: string, page: number) => {
    const params = new URLSearchParams(query);
    params.set('page', String(page));
    return `<${target}?${params.toString()}>; rel="${rel}"`;
  };
  return [
    link('first', 1),
    ...(current > 1 ? [link('prev', current - 1)] : []),
    link('last', last),
    ...(current < last ? [link('next', current + 1)] : []),
  ];
}

/** A page with Total-Number and Link; without a window the whole list and neither header. */
export const page = (
  request: SandboxRequest,
  total: number,
  rows: readonly unknown[],
  window?: Window,
): SandboxAnswer =>
  window ? json(200, rows, { 'total-number': String(total), link: linksOf(request, total, window) }) : json(200, rows);

/** The rows of a list already in memory that fall into the window. */
export const pageOf = (request: SandboxRequest, rows: readonly unknown[], window?: Window): SandboxAnswer =>
  page(request, rows.length, window ? rows.slice(window.offset, window.offset + window.limit) : rows, window);
