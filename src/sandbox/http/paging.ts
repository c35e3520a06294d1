import { json, type SandboxAnswer, type SandboxRequest } from './exchange.js';
import { nothingToUpdate, Refusal } from './refusal.js';

/** The requested rows of a list. */
export interface Window {
  readonly offset: number;
  readonly limit: number;
}

const DEFAULT_SIZE = 20;
const MAX_SIZE = 100;
const BIGINT_LIMIT = 2 ** 63;

/** Logto parses with `Number()`, so ' 1', '1e1' and '0x2' are numbers, and only the database refuses a fraction. */
function read(values: readonly string[], fallback: number, max: number): number {
  if (values.length > 1) throw new Refusal(400, 'guard.invalid_pagination');
  const value = values[0] ? Number(values[0]) : fallback;
  if (Number.isNaN(value) || value < 1 || value > max) throw new Refusal(400, 'guard.invalid_pagination');
  return value;
}

export function windowOf(query: URLSearchParams): Window {
  const page = read(query.getAll('page'), 1, Infinity);
  const limit = read(query.getAll('page_size'), DEFAULT_SIZE, MAX_SIZE);
  const offset = (page - 1) * limit;
  const storable = Number.isInteger(limit) && Number.isInteger(offset) && offset < BIGINT_LIMIT;
  if (!storable) throw nothingToUpdate();
  return { offset, limit };
}

/** For lists that are paged only if a page is requested, such as the scopes of a role. */
export const optionalWindow = (query: URLSearchParams): Window | undefined =>
  query.get('page') || query.get('page_size') ? windowOf(query) : undefined;

function linksOf({ path, query, headers }: SandboxRequest, total: number, { offset, limit }: Window): string[] {
  const host = headers['x-forwarded-host'] ?? headers['host'] ?? 'localhost';
  const origin = `${headers['x-forwarded-proto'] ?? 'http'}://${host}`;
  const current = Math.floor(offset / limit) + 1;
  const last = Math.max(1, Math.ceil(total / limit));
  // The prefix is missing at Logto, too, where these links lead to a web page.
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

/** A page with Total-Number and Link; without a window, the whole list without these headers. */
export const page = (
  request: SandboxRequest,
  total: number,
  rows: readonly unknown[],
  window?: Window,
): SandboxAnswer =>
  window ? json(200, rows, { 'total-number': String(total), link: linksOf(request, total, window) }) : json(200, rows);

/** The page of an array that the window selects. */
export const pageOf = (request: SandboxRequest, rows: readonly unknown[], window?: Window): SandboxAnswer =>
  page(request, rows.length, window ? rows.slice(window.offset, window.offset + window.limit) : rows, window);
