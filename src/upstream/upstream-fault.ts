/** What went wrong between the gateway and Logto, in the words of the `code` callers see. */
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
  /** It was a write, and it may have happened. */
  readonly wrote?: boolean;
  /** The connection failed: before anything of the request was on it, or when nobody knows how much Logto saw. */
  readonly lost?: 'before' | 'after';
  /** It befell the token endpoint, which has a circuit of its own. */
  readonly atTokenEndpoint?: boolean;
  readonly cause?: unknown;
}

/** Not the caller's fault. The message goes to the log; callers are told the code and a sentence of our own. */
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

/** The caller takes only what is remembered (`Cache-Control: only-if-cached`), and nothing is. */
export class NotRemembered extends Error {
  override readonly name = 'NotRemembered';
}

/** Logto understood and said no, for a reason the caller can act on: its status, code and English message. */
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
