import type { Exchange, UpstreamReply, UpstreamRequest } from '../../core/exchange.js';
import { violationOf } from '../../core/shape.js';
import { UpstreamFault, type UpstreamFaultCode } from '../../core/faults.js';

interface TokenResponse {
  readonly access_token: string;
  readonly expires_in?: number;
  readonly scope?: unknown;
}

/** The body of an error from the token endpoint. Every field may be missing. */
interface TokenErrorResponse {
  readonly error?: string;
  readonly error_description?: string;
  readonly message?: string;
}

const TOKEN_SHAPE = { access_token: 'string' } as const;
/** Used when the response has no `expires_in`. Logto always sends it. */
const DEFAULT_LIFETIME_S = 3600;

interface CachedToken {
  readonly value: string;
  readonly renewAt: number;
  readonly expiresAt: number;
}

export interface MachineTokenOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The resource indicator of Logto's Management API: an identifier, not an address. */
  readonly resource: string;
  /** Calls Logto's token endpoint, without a bearer token. */
  readonly send: Exchange;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Called when a renewal in the background fails while the old token still works. */
  readonly onBackgroundFailure: (error: unknown) => void;
}

/** The part of its lifetime after which a token is renewed in the background. Logto rejects it the second it expires. */
const RENEW_AFTER = 0.9;

/** The gateway's own access token for Logto's Management API. Concurrent callers share one renewal. */
export class MachineToken {
  #cached: CachedToken | undefined;
  #renewal: Promise<string> | undefined;
  readonly #now: () => number;

  constructor(private readonly options: MachineTokenOptions) {
    this.#now = options.now ?? Date.now;
  }

  /** The cached token, if it is valid now. */
  cached(): string | undefined {
    const cached = this.#cached;
    const now = this.#now();
    if (!cached || now >= cached.expiresAt) return undefined;
    if (now >= cached.renewAt) this.#renew().catch(this.options.onBackgroundFailure);
    return cached.value;
  }

  /** A valid token. Throws UpstreamFault when Logto issues none. */
  async get(): Promise<string> {
    return this.cached() ?? this.#renew();
  }

  /** A token other than the one that Logto has just rejected. Does not renew when somebody else already has. */
  async replace(rejected: string): Promise<string> {
    if (this.#cached && this.#cached.value !== rejected) return this.#cached.value;
    return this.#renew();
  }

  #renew(): Promise<string> {
    this.#renewal ??= this.#request().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #request(): Promise<string> {
    const { clientId, clientSecret, resource } = this.options;
    const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64');
    const askedAt = this.#now();
    const reply = await this.#send({
      method: 'POST',
      path: '/oidc/token',
      body: new URLSearchParams({ grant_type: 'client_credentials', resource, scope: 'all' }),
      invalidates: [],
      headers: { authorization: `Basic ${basic}` },
    });
    if (reply.status !== 200) throw this.#faultOf(reply);
    const token = reply.payload.json<TokenResponse>();
    const { expires_in: lifetimeS = DEFAULT_LIFETIME_S } = token;
    const violation = violationOf(TOKEN_SHAPE, token) ?? violationOf('number', lifetimeS, '/expires_in');
    if (violation) throw fault('upstream.invalid_response', `the token endpoint answered JSON in which ${violation}`);
    // Logto issues a token without the scope and no error; every later call would be a 403.
    if (typeof token.scope !== 'string' || !token.scope.split(' ').includes('all')) {
      throw fault(
        'upstream.unauthorized',
        `client ${clientId} got a token without the scope "all" of ${resource}: give the application the role "Logto Management API access"`,
      );
    }
    const lifetimeMs = lifetimeS * 1000;
    this.#cached = {
      value: token.access_token,
      renewAt: askedAt + lifetimeMs * RENEW_AFTER,
      expiresAt: askedAt + lifetimeMs,
    };
    return token.access_token;
  }

  /** Without a token the call itself is never sent, so a fault here must say that no write can have happened. */
  async #send(request: UpstreamRequest): Promise<UpstreamReply> {
    try {
      return await this.options.send(request);
    } catch (error) {
      if (!(error instanceof UpstreamFault)) throw error;
      const { retryAfterS, lost } = error.options;
      throw fault(lost === 'after' ? 'upstream.error' : error.code, error.message, {
        retryAfterS,
        ...(lost && { lost: 'before' }),
        cause: error,
      });
    }
  }

  #faultOf({ status, retryAfterS, contentType, payload }: UpstreamReply): UpstreamFault {
    if (status === 429) return fault('upstream.budget', 'the token endpoint limits the rate', { retryAfterS });
    if (status >= 500) return fault('upstream.error', `the token endpoint answered ${status}`);
    const { error, error_description, message }: TokenErrorResponse = contentType.startsWith('application/json')
      ? payload.json()
      : {};
    return fault(
      'upstream.unauthorized',
      `the token endpoint rejected client ${this.options.clientId} with ${status}: ${error_description ?? message ?? error ?? 'no reason given'}; check LOGTO_CLIENT_ID, LOGTO_CLIENT_SECRET and LOGTO_RESOURCE`,
    );
  }
}

const fault = (
  code: UpstreamFaultCode,
  message: string,
  options: ConstructorParameters<typeof UpstreamFault>[2] = {},
): UpstreamFault => new UpstreamFault(code, message, { ...options, atTokenEndpoint: true });
