/** What went wrong between the gateway and Logto, as the `code` that callers see. */
export type UpstreamFaultCode =
  | 'upstream.unauthorized'
  | 'upstream.error'
  | 'upstream.invalid_response'
  | 'upstream.unavailable'
  | 'upstream.busy'
  | 'upstream.budget'
  | 'upstream.timeout';

interface UpstreamFaultOptions {
  readonly retryAfterS?: number | undefined;
  /** It was a write that Logto may have carried out. */
  readonly wrote?: boolean;
  /** The connection failed: before any of the request was sent, or after some of it may have reached Logto. */
  readonly lost?: 'before' | 'after';
  /** The token endpoint failed, which has its own circuit. */
  readonly atTokenEndpoint?: boolean;
  readonly cause?: unknown;
}

/** A failure that the caller did not cause. The message goes to the log; callers see the code and a generic sentence. */
export class UpstreamFault extends Error {
  override readonly name = 'UpstreamFault';

  constructor(
    readonly code: UpstreamFaultCode,
    message: string,
    readonly options: UpstreamFaultOptions = {},
  ) {
    super(message, { cause: options.cause });
  }
}

/** The caller accepts only a cached reply (`Cache-Control: only-if-cached`), and there is none. */
export class NotCached extends Error {
  override readonly name = 'NotCached';
}

/** Logto rejected a well-formed call for a reason that the caller can act on. Holds its status, code and English message. */
export class LogtoRefusal extends Error {
  override readonly name = 'LogtoRefusal';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Redis is down or did not answer in time. The caller goes on without it, or fails. */
export class RedisUnavailable extends Error {
  override readonly name: string = 'RedisUnavailable';
}

/** Redis answered one command with an error. Other commands may succeed; a retry of this one would not. */
export class RedisRefused extends RedisUnavailable {
  override readonly name = 'RedisRefused';
}

/** The client disconnected, so there is nobody to answer. */
export class ClientDisconnected extends Error {
  override readonly name = 'ClientDisconnected';

  constructor() {
    super('the client disconnected before it had its response');
  }
}
