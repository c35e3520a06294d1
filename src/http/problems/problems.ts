/**
 * All kinds of problems of this API. `docs/problems.md`, the pages under /problems and openapi.json are generated from this
 * table. `codes` are the values of `code` for a kind; a trailing `*` stands for all codes of Logto with that prefix, which
 * are passed on unchanged.
 */
interface ProblemKindRow {
  readonly status: number;
  readonly title: string;
  readonly codes: readonly string[];
  /** What it means, and what the caller can do. */
  readonly advice: string;
}

export const PROBLEMS = {
  'invalid-input': {
    status: 400,
    title: 'The request is not valid',
    codes: ['guard.invalid_input', 'guard.invalid_pagination'],
    advice:
      '`errors` lists every fault: where it is (`in`, `pointer`), what it is (`code`) and what is expected (`detail`). Correct them all and send the request again. Nothing was changed.',
  },
  unauthenticated: {
    status: 401,
    title: 'A valid access token is required',
    codes: [
      'auth.authorization_header_missing',
      'auth.authorization_token_type_not_supported',
      'auth.unauthorized',
      'webhook.bad_signature',
      'webhook.stale',
    ],
    advice:
      'Send `Authorization: Bearer <access token>` with an unexpired token of the issuer for the audience of this API. `WWW-Authenticate` says what is wrong with the token received.',
  },
  forbidden: {
    status: 403,
    title: 'The token does not permit this',
    codes: ['auth.forbidden', 'auth.organization_mismatch', '*.limit_exceeded'],
    advice:
      '`detail` names the missing permission, or says that the token is for another organization or of the wrong kind. Request a token with that permission. For writes, a revoked role takes effect at once.',
  },
  'not-found': {
    status: 404,
    title: 'The resource does not exist',
    codes: ['entity.not_exists_with_id', 'entity.not_exists', 'entity.not_found', 'entity.*', 'problem.not_found'],
    advice:
      'The organization, member, role or assignment named in the path does not exist. Check the ids; they are case-sensitive.',
  },
  'no-such-route': {
    status: 404,
    title: 'The route does not exist',
    codes: ['route.not_found'],
    advice:
      'No operation has this path. Paths are case-sensitive and have no trailing slash. `/docs` lists all of them.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The route does not support this method',
    codes: ['route.method_not_allowed'],
    advice: 'The `Allow` header lists the methods that the route supports.',
  },
  'not-acceptable': {
    status: 406,
    title: 'The response is not available in an accepted media type',
    codes: ['route.not_acceptable'],
    advice: 'Send an `Accept` header that includes the media type named in `detail`, or none.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request did not arrive in time',
    codes: ['http.request_timeout'],
    advice: 'Send the request again, without pauses in between.',
  },
  conflict: {
    status: 409,
    title: 'The request conflicts with the current state',
    codes: ['conflict', 'idempotency.in_progress', 'idempotency.unknown_outcome', 'idempotency.unreadable', '*'],
    advice: 'Read the current state, and send the request again if it is still needed.',
  },
  'precondition-failed': {
    status: 412,
    title: 'The resource has changed in the meantime',
    codes: ['precondition_failed'],
    advice:
      'The ETag in `If-Match` is not the current one, so nothing was changed. Read the resource again, and send the request with the new ETag if it is still needed.',
  },
  'payload-too-large': {
    status: 413,
    title: 'The request body is too large',
    codes: ['body.too_large'],
    advice:
      'A body may have up to 1 MB. Send less per request; `PUT …/users` accepts up to 10,000 ids, a POST up to 1,000.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'This operation does not support the media type of the request body',
    codes: ['body.unsupported_media_type', 'body.unsupported_encoding'],
    advice: 'Send a `Content-Type` named in the `Accept` header of the response. Nothing was changed.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The request headers are too large',
    codes: ['http.headers_too_large'],
    advice:
      'The request line and headers together may have up to 16 kB. Send fewer or shorter headers; cookies are not needed.',
  },
  unprocessable: {
    status: 422,
    title: 'The request is well-formed but cannot be carried out',
    codes: [
      'entity.relation_foreign_key_not_found',
      'entity.*',
      'organization.*',
      'idempotency.key_reused',
      'overview.too_many_members',
      '*',
    ],
    advice:
      "`code` is Logto's own, for instance `entity.relation_foreign_key_not_found` (an id in the body is unknown), `organization.require_membership` (the user is not a member) or `organization.role_names_not_found`. Nothing was changed.",
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    codes: ['rate_limit.exceeded', 'auth.too_many_failures'],
    advice:
      'Wait for the seconds in `Retry-After`, then continue. Every response has the headers `RateLimit-Policy`, which says how many requests (`q`) are allowed per window of `w` seconds, and `RateLimit`, which says how many are left (`r`) and in how many seconds the window ends (`t`). `auth.too_many_failures` means that this address sent too many invalid tokens.',
  },
  internal: {
    status: 500,
    title: 'The gateway failed',
    codes: ['internal'],
    advice: 'This is a bug in the gateway. Report it with the `requestId`, under which the log has the details.',
  },
  'bad-gateway': {
    status: 502,
    title: 'Logto did not give a usable response',
    codes: ['upstream.unauthorized', 'upstream.error', 'upstream.invalid_response'],
    advice:
      "Logto failed, sent an unreadable response, or refused the gateway's own credentials (the operator finds the reason in the log under the `requestId`). A read may be retried; see `detail` for a write.",
  },
  unavailable: {
    status: 503,
    title: 'Logto is not available at the moment',
    codes: ['upstream.unavailable', 'upstream.busy', 'upstream.budget'],
    advice: 'Wait for the seconds in `Retry-After`, then send the request again. It had no effect.',
  },
  'shared-state-unavailable': {
    status: 503,
    title: 'The state shared by the replicas is not available at the moment',
    codes: ['shared_state.unavailable'],
    advice:
      'A POST with an `Idempotency-Key` and a conditional write need the state that all replicas share, which is not reachable. Nothing was sent to Logto. Wait for the seconds in `Retry-After`, then send the same request again.',
  },
  overloaded: {
    status: 503,
    title: 'The gateway accepts no more requests at the moment',
    codes: ['overloaded', 'shutting_down'],
    advice: 'Wait for the seconds in `Retry-After`, then send the request again. It had no effect.',
  },
  'not-remembered': {
    status: 504,
    title: 'There is no cached response',
    codes: ['cache.not_remembered'],
    advice:
      'The request had `Cache-Control: only-if-cached`, and there is no cached response. Send it without this header to ask Logto.',
  },
  timeout: {
    status: 504,
    title: 'Logto did not answer in time',
    codes: ['upstream.timeout'],
    advice: 'A read may be retried. A write may have happened: read the current state before sending it again.',
  },
} as const satisfies Record<string, ProblemKindRow>;

export type ProblemKind = keyof typeof PROBLEMS;
