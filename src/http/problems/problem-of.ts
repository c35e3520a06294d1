import {
  ClientDisconnected,
  LogtoRefusal,
  NotCached,
  RedisUnavailable,
  UpstreamFault,
  type UpstreamFaultCode,
} from '../../core/faults.js';
import { invalidInput, Problem } from './problem.js';
import type { ProblemKind } from './problems.js';

/** What callers learn of an upstream failure. The reasons are only logged, because they name clients, addresses and roles. */
const UPSTREAM: Record<UpstreamFaultCode, { readonly kind: ProblemKind; readonly detail: string }> = {
  'upstream.unauthorized': {
    kind: 'bad-gateway',
    detail: "Logto refuses the gateway's own credentials. Only the operator can fix this, not the caller.",
  },
  'upstream.error': { kind: 'bad-gateway', detail: 'Logto failed to answer this request.' },
  'upstream.invalid_response': { kind: 'bad-gateway', detail: "Logto's response is not a valid response of its API." },
  'upstream.unavailable': { kind: 'unavailable', detail: 'Logto is not reachable.' },
  'upstream.busy': { kind: 'unavailable', detail: 'Too many requests are waiting for Logto.' },
  'upstream.budget': { kind: 'unavailable', detail: 'The budget of requests to Logto is used up at the moment.' },
  'upstream.timeout': { kind: 'timeout', detail: 'Logto did not answer in time.' },
};

const MAY_HAVE_HAPPENED = ' The write may have happened: read the current state before sending it again.';
const DEFAULT_RETRY_AFTER_S = 5;

const fromFault = ({ code, options }: UpstreamFault): Problem => {
  const { kind, detail } = UPSTREAM[code];
  const headers = kind === 'unavailable' ? { 'Retry-After': String(options.retryAfterS ?? DEFAULT_RETRY_AFTER_S) } : {};
  return new Problem(kind, detail + (options.wrote ? MAY_HAVE_HAPPENED : ''), { code, headers });
};

const REFUSALS: Record<number, ProblemKind> = {
  400: 'invalid-input',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  422: 'unprocessable',
};

const fromRefusal = ({ status, code, message }: LogtoRefusal): Problem =>
  new Problem(REFUSALS[status] ?? 'unprocessable', message, { code });

/** Errors of Express's body-parser: http-errors with a `type`. */
const fromBodyReader = (error: { type?: unknown; status?: unknown; message?: unknown }): Problem | undefined => {
  const message = typeof error.message === 'string' ? error.message : 'unreadable';
  switch (error.type) {
    case 'entity.too.large':
      return new Problem('payload-too-large', 'The body is larger than 1 MB (1,048,576 bytes).');
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new Problem('unsupported-media-type', `${message}; send UTF-8, uncompressed or as gzip, deflate or br.`, {
        code: 'body.unsupported_encoding',
        headers: { 'Accept-Encoding': 'gzip, deflate, br' },
      });
    case 'entity.parse.failed':
      return invalidInput([
        { in: 'body', pointer: '', code: 'malformed_json', detail: `the body must be a JSON object (${message})` },
      ]);
    default:
      // A truncated or corrupt body: errors of zlib and of the stream have a status but no type.
      return error.status === 400
        ? invalidInput([
            { in: 'body', pointer: '', code: 'unreadable_body', detail: `the body cannot be read: ${message}` },
          ])
        : undefined;
  }
};

/** The problem of an expected error; undefined for an unexpected one. */
const expected = (error: unknown): Problem | undefined => {
  if (error instanceof Problem) return error;
  if (error instanceof UpstreamFault) return fromFault(error);
  if (error instanceof LogtoRefusal) return fromRefusal(error);
  if (error instanceof RedisUnavailable)
    return new Problem(
      'shared-state-unavailable',
      'This write needs the state that the replicas of the gateway share, which is not reachable. Nothing was sent to Logto; send it again in a moment.',
      { headers: { 'Retry-After': '1' } },
    );
  if (error instanceof NotCached)
    return new Problem(
      'not-remembered',
      'There is no cached response, and Cache-Control: only-if-cached forbids asking Logto. Send the request without it to ask Logto.',
    );
  // Nobody receives it, but the audit trail records the outcome.
  if (error instanceof ClientDisconnected)
    return new Problem('request-timeout', 'The client disconnected before the response.');
  if (error instanceof URIError || (error instanceof Error && error.message.startsWith('Failed to decode param'))) {
    return invalidInput([
      {
        in: 'path',
        pointer: '/id',
        code: 'malformed_path',
        detail: 'the path contains an invalid percent-encoding; ids consist of A-Z, a-z, 0-9, _ and -',
      },
    ]);
  }
  return typeof error === 'object' && error !== null ? fromBodyReader(error) : undefined;
};

export const problemOf = (error: unknown): Problem =>
  expected(error) ??
  new Problem('internal', 'An unexpected error occurred in the gateway; the log has the details under the request id.');
