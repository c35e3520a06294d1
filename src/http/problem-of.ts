import { RedisUnavailable } from '../redis/shared-redis.js';
import { LogtoRefusal, NotRemembered, UpstreamFault, type UpstreamFaultCode } from '../upstream/upstream-fault.js';
import { ClientLeft } from './leaving.js';
import { invalidInput, Problem } from './problem.js';
import type { ProblemKind } from './problems.js';

/** What callers are told of a failure behind us. The reasons stay in the log: they name clients, addresses and roles. */
const UPSTREAM: Record<UpstreamFaultCode, { readonly kind: ProblemKind; readonly detail: string }> = {
  'upstream.unauthorized': {
    kind: 'bad-gateway',
    detail: "Logto refuses the gateway's own credential; this is for the operator to mend, not for the caller.",
  },
  'upstream.error': { kind: 'bad-gateway', detail: 'Logto failed to answer this request.' },
  'upstream.invalid_response': { kind: 'bad-gateway', detail: 'Logto answered with something that is not its API.' },
  'upstream.unavailable': { kind: 'unavailable', detail: 'Logto cannot be reached.' },
  'upstream.busy': { kind: 'unavailable', detail: 'Too many requests are waiting for Logto.' },
  'upstream.budget': { kind: 'unavailable', detail: 'Logto takes no more requests for the moment.' },
  'upstream.timeout': { kind: 'timeout', detail: 'Logto did not answer in time.' },
};

const MAY_HAVE_HAPPENED = ' The write may have happened: read the present state before sending it again.';
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

/** Errors of the body reader (http-errors with a `type`), see express' body-parser. */
const fromBodyReader = (error: { type?: unknown; status?: unknown; message?: unknown }): Problem | undefined => {
  const said = typeof error.message === 'string' ? error.message : 'unreadable';
  switch (error.type) {
    case 'entity.too.large':
      return new Problem('payload-too-large', 'The body has more than 1 MB (1,048,576 bytes).');
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new Problem('unsupported-media-type', `${said}; send UTF-8, plain or as gzip, deflate or br.`, {
        code: 'body.unsupported_encoding',
        headers: { 'Accept-Encoding': 'gzip, deflate, br' },
      });
    case 'entity.parse.failed':
      return invalidInput([
        { in: 'body', pointer: '', code: 'malformed_json', detail: `the body must be a JSON object (${said})` },
      ]);
    default:
      // A cut or garbled body: what zlib and the stream say has a status but no type of its own.
      return error.status === 400
        ? invalidInput([
            { in: 'body', pointer: '', code: 'unreadable_body', detail: `the body cannot be read: ${said}` },
          ])
        : undefined;
  }
};

/** The problem an error means to the caller; undefined when it is nothing we foresaw. */
const foreseen = (error: unknown): Problem | undefined => {
  if (error instanceof Problem) return error;
  if (error instanceof UpstreamFault) return fromFault(error);
  if (error instanceof LogtoRefusal) return fromRefusal(error);
  if (error instanceof RedisUnavailable)
    return new Problem(
      'shared-state-unavailable',
      'This write needs what the replicas of the gateway share, which does not answer. Nothing was sent; send it again in a moment.',
      { headers: { 'Retry-After': '1' } },
    );
  if (error instanceof NotRemembered)
    return new Problem(
      'not-remembered',
      'The gateway remembers no such answer, and Cache-Control: only-if-cached forbids asking Logto. Leave it out to have Logto asked.',
    );
  // Nobody reads it, but the audit trail says what became of the request: nothing.
  if (error instanceof ClientLeft) return new Problem('request-timeout', 'The client left before it had its answer.');
  if (error instanceof URIError || (error instanceof Error && error.message.startsWith('Failed to decode param'))) {
    return invalidInput([
      {
        in: 'path',
        pointer: '/id',
        code: 'malformed_path',
        detail: 'the path holds a percent sign that escapes nothing; ids consist of A-Z, a-z, 0-9, _ and -',
      },
    ]);
  }
  return typeof error === 'object' && error !== null ? fromBodyReader(error) : undefined;
};

export const problemOf = (error: unknown): Problem =>
  foreseen(error) ??
  new Problem('internal', 'Something in the gateway went wrong; the log has it under the request id.');
