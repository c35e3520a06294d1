/**
 * Every kind of error this API answers with. `docs/problems.md`, the pages under /problems and openapi.json follow this
 * table. `codes` are the values of `code` that belong to a kind; a trailing `*` stands for the codes Logto has or will
 * have under that prefix, which are passed on as they are.
 */
interface ProblemKindRow {
  readonly status: number;
  readonly title: string;
  readonly codes: readonly string[];
  /** What it means and what the caller does next. */
  readonly advice: string;
}

export const PROBLEMS = {
  'invalid-input': {
    status: 400,
    title: 'The request is not valid',
    codes: ['guard.invalid_input', 'guard.invalid_pagination'],
    advice:
      '`errors` lists every fault: where it is (`in`, `pointer`), what it is (`code`) and what would be right (`detail`). Correct them all and send the request again; nothing was done.',
  },
  unauthenticated: {
    status: 401,
    title: 'A valid access token is needed',
    codes: [
      'auth.authorization_header_missing',
      'auth.authorization_token_type_not_supported',
      'auth.unauthorized',
      'webhook.bad_signature',
      'webhook.stale',
    ],
    advice:
      'Send `Authorization: Bearer <access token>` with a token of the issuer for the audience of this API that has not expired. `WWW-Authenticate` says what was wrong with the one received.',
  },
  forbidden: {
    status: 403,
    title: 'The token does not permit this',
    codes: ['auth.forbidden', 'auth.organization_mismatch', '*.limit_exceeded'],
    advice:
      '`detail` names the missing permission, or says that the token belongs to another organization or is of the wrong kind. Ask for a token with that permission; a role taken away meanwhile counts at once for writes.',
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing',
    codes: ['entity.not_exists_with_id', 'entity.not_exists', 'entity.not_found', 'entity.*', 'problem.not_found'],
    advice:
      'The organization, member, role or assignment named in the path does not exist. Check the ids; they are case-sensitive.',
  },
  'no-such-route': {
    status: 404,
    title: 'There is no such address',
    codes: ['route.not_found'],
    advice:
      'No operation has this path. Paths are case-sensitive and have no trailing slash; `/docs` lists all of them.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This address does not know that method',
    codes: ['route.method_not_allowed'],
    advice: 'The `Allow` header lists the methods this address knows.',
  },
  'not-acceptable': {
    status: 406,
    title: 'The answer cannot be had in that media type',
    codes: ['route.not_acceptable'],
    advice: 'Send an `Accept` header that admits the media type named in `detail`, or none.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request did not arrive in time',
    codes: ['http.request_timeout'],
    advice: 'Send the request again, without pauses.',
  },
  conflict: {
    status: 409,
    title: 'The request conflicts with the present state',
    codes: ['conflict', 'idempotency.in_progress', 'idempotency.unknown_outcome', 'idempotency.unreadable', '*'],
    advice: 'Read the present state, decide again, and send the request again if it is still wanted.',
  },
  'precondition-failed': {
    status: 412,
    title: 'It has changed meanwhile',
    codes: ['precondition_failed'],
    advice:
      'The ETag in `If-Match` is not that of the present state, so nothing was changed. Read it again, decide again, and send the new ETag.',
  },
  'payload-too-large': {
    status: 413,
    title: 'The request body is too large',
    codes: ['body.too_large'],
    advice: 'A body may have 1 MB. Send less at once; `PUT …/users` takes up to 10,000 ids, a POST up to 1,000.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The request body is of a type this operation does not read',
    codes: ['body.unsupported_media_type', 'body.unsupported_encoding'],
    advice: 'Send the `Content-Type` named in the `Accept` header of the answer. Nothing was done.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The request headers are too large',
    codes: ['http.headers_too_large'],
    advice:
      'Request line and headers may have 16 kB together. Send fewer or shorter ones; cookies are not needed here.',
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
      "`code` is Logto's: for instance `entity.relation_foreign_key_not_found` (an id in the body is unknown), `organization.require_membership` (the user is no member) or `organization.role_names_not_found`. Nothing was changed.",
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    codes: ['rate_limit.exceeded', 'auth.too_many_failures'],
    advice:
      'Wait the seconds in `Retry-After`, then go on. `RateLimit-Policy` says how many requests (`q`) are allowed in how many seconds (`w`), `RateLimit` how many are left (`r`) until there are new ones (`t`, in seconds); every answer carries them. `auth.too_many_failures`: too many tokens that are not good came from this address.',
  },
  internal: {
    status: 500,
    title: 'The gateway failed',
    codes: ['internal'],
    advice: 'A fault of ours. Report it with the `requestId`, under which the log has the details.',
  },
  'bad-gateway': {
    status: 502,
    title: 'Logto did not give a usable answer',
    codes: ['upstream.unauthorized', 'upstream.error', 'upstream.invalid_response'],
    advice:
      "Logto failed, answered something unreadable, or refused the gateway's own credential (the operator finds the reason in the log under the `requestId`). A read may be tried again; see `detail` for a write.",
  },
  unavailable: {
    status: 503,
    title: 'Logto cannot be asked right now',
    codes: ['upstream.unavailable', 'upstream.busy', 'upstream.budget'],
    advice: 'Wait the seconds in `Retry-After`, then send the request again. It has had no effect.',
  },
  'shared-state-unavailable': {
    status: 503,
    title: 'What the replicas share cannot be reached right now',
    codes: ['shared_state.unavailable'],
    advice:
      'A POST with an `Idempotency-Key` and a conditional write need what all replicas share, and it does not answer. Nothing was sent to Logto. Wait the seconds in `Retry-After`, then send the same request again.',
  },
  overloaded: {
    status: 503,
    title: 'The gateway takes no more requests right now',
    codes: ['overloaded', 'shutting_down'],
    advice: 'Wait the seconds in `Retry-After`, then send the request again. It has had no effect.',
  },
  'not-remembered': {
    status: 504,
    title: 'Nothing is remembered',
    codes: ['cache.not_remembered'],
    advice:
      'The request said `Cache-Control: only-if-cached` and there is no such answer. Send it without to ask Logto.',
  },
  timeout: {
    status: 504,
    title: 'Logto did not answer in time',
    codes: ['upstream.timeout'],
    advice: 'A read may be sent again. A write may have happened: read the state before repeating it.',
  },
} as const satisfies Record<string, ProblemKindRow>;

export type ProblemKind = keyof typeof PROBLEMS;
