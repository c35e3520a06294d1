import type { FaultRule } from '../../src/sandbox/faults.js';

/** Short timeouts that still allow a reply on a busy machine; the defaults are 5 s per attempt and 8 s per request. */
export const LIMITS = {
  UPSTREAM_TIMEOUT_MS: '1000',
  UPSTREAM_DEADLINE_MS: '2400',
  UPSTREAM_AGGREGATE_DEADLINE_MS: '3200',
  UPSTREAM_MAX_BYTES: '200000',
  // The faults must not open the circuit, which has its own tests.
  UPSTREAM_BREAKER_CALLS: '0',
} as const;

/** The kinds of calls that meet the fault. */
export const CALLS = ['read, not cached', 'read, cached', 'write', 'overview, fault in its members'] as const;

export interface FaultRow {
  readonly fault: string;
  /** The fault of the sandbox, or the name of what replaces the sandbox. */
  readonly rule: FaultRule | 'tls' | 'dns' | 'refused';
  /** The responses to callers, in the order of CALLS; '–' where there is none. */
  readonly outcomes: readonly [string, string, string, string];
}

const STALE = '200, stale';
const OK = ['200', STALE, '200', '200'] as const;
const failing = (code: string, write: string): FaultRow['outcomes'] => [
  code,
  STALE,
  write,
  `200, members: ${code.split(' ')[1]}`,
];

const ERROR = failing('502 upstream.error', '502 upstream.error, may have happened');
const GARBAGE = failing('502 upstream.invalid_response', '502 upstream.invalid_response, may have happened');
const LOST = failing('502 upstream.error', '504 upstream.timeout, may have happened');
const LATE = failing('504 upstream.timeout', '504 upstream.timeout, may have happened');
const BUSY = failing('503 upstream.budget', '503 upstream.budget');
const NEVER_LEFT = ['503 upstream.unavailable', '–', '503 upstream.unavailable', '503 upstream.unavailable'] as const;

const html = { 'content-type': 'text/html' };

/** What callers of the gateway get for every way Logto can fail. The table is in `docs/resilience.md`. */
export const FAULTS: readonly FaultRow[] = [
  { fault: 'answers after 100 ms', rule: { delayMs: 100 }, outcomes: OK },
  { fault: 'answers after 30 s', rule: { delayMs: 30_000 }, outcomes: LATE },
  { fault: 'never answers', rule: { hang: true }, outcomes: LATE },
  { fault: 'answers a byte at a time', rule: { dripMs: 20 }, outcomes: LATE },
  {
    fault: 'one 503, then success',
    rule: { status: 503, times: 1 },
    outcomes: ['200', STALE, '502 upstream.error, may have happened', '200'],
  },
  {
    fault: 'one reset, then success',
    rule: { reset: 'before', times: 1 },
    outcomes: ['200', STALE, '504 upstream.timeout, may have happened', '200'],
  },
  { fault: '429 without Retry-After', rule: { status: 429 }, outcomes: BUSY },
  { fault: '429 with Retry-After: 5', rule: { status: 429, headers: { 'retry-after': '5' } }, outcomes: BUSY },
  {
    fault: '500 in plain text',
    rule: { status: 500, headers: { 'content-type': 'text/plain' }, body: 'Internal Server Error' },
    outcomes: ERROR,
  },
  { fault: '502', rule: { status: 502, headers: html, body: '<h1>Bad Gateway</h1>' }, outcomes: ERROR },
  { fault: 'reset before it handles the call', rule: { reset: 'before' }, outcomes: LOST },
  { fault: 'reset after it handled the call', rule: { reset: 'after' }, outcomes: LOST },
  { fault: 'reset after the headers', rule: { cut: 0 }, outcomes: LOST },
  { fault: 'reset in the middle of the body', rule: { cut: 20 }, outcomes: LOST },
  { fault: 'truncated JSON', rule: { garble: true }, outcomes: GARBAGE },
  {
    fault: 'JSON of another shape',
    rule: { status: 200, headers: { 'content-type': 'application/json', 'total-number': '1' }, body: '{"ok":true}' },
    outcomes: GARBAGE,
  },
  { fault: 'a web page with 200', rule: { status: 200, headers: html, body: '<html>' }, outcomes: GARBAGE },
  { fault: 'a body without end', rule: { endless: true }, outcomes: GARBAGE },
  { fault: 'a gzip bomb', rule: { bomb: 5_000_000 }, outcomes: GARBAGE },
  { fault: 'no connection (refused)', rule: 'refused', outcomes: NEVER_LEFT },
  { fault: 'no connection (TLS error)', rule: 'tls', outcomes: NEVER_LEFT },
  { fault: 'no address (DNS failure)', rule: 'dns', outcomes: NEVER_LEFT },
];

/** The table as Markdown, padded like prettier does. */
export function faultTable(): string {
  const rows = [
    ['Logto …', ...CALLS],
    ...FAULTS.map(({ fault, outcomes }) => [
      fault,
      ...outcomes.map((outcome) => outcome.replace(/(upstream\.\w+)/, '`$1`')),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
