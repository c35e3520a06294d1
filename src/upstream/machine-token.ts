import type { Exchange, UpstreamReply, UpstreamRequest } from './exchange.js';
import { objectionTo } from './shape.js';
import { UpstreamFault, type UpstreamFaultCode } from './upstream-fault.js';

interface TokenAnswer {
  readonly access_token: string;
  readonly expires_in?: number;
  readonly scope?: unknown;
}

/** What the token endpoint says when it refuses; not all of it, and not always. */
interface TokenRefusal {
  readonly error?: string;
  readonly error_description?: string;
  readonly message?: string;
}

const TOKEN_ANSWER = { access_token: 'string' } as const;
/** Logto always says how long a token lives; whatever does not may mean an hour. */
const USUAL_LIFE_S = 3600;

interface HeldToken {
  readonly value: string;
  readonly renewAt: number;
  readonly expiresAt: number;
}

export interface MachineTokenOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Indicator of Logto's Management API: an identifier, not an address. */
  readonly resource: string;
  /** Reaches Logto's token endpoint; no token is added on the way. */
  readonly send: Exchange;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Told when a renewal in the background fails while the old token still works. */
  readonly onBackgroundFailure: (error: unknown) => void;
}

/** A tenth of its life before it ends, a token is renewed while it still works: Logto grants no second of tolerance. */
const RENEW_AFTER = 0.9;

/** The gateway's own token for Logto's Management API: one at a time, asked for once however many wait. */
export class MachineToken {
  #held: HeldToken | undefined;
  #renewal: Promise<string> | undefined;
  readonly #now: () => number;

  constructor(private readonly options: MachineTokenOptions) {
    this.#now = options.now ?? Date.now;
  }

  /** The token at hand, if it is good now. */
  held(): string | undefined {
    const held = this.#held;
    const now = this.#now();
    if (!held || now >= held.expiresAt) return undefined;
    if (now >= held.renewAt) this.#renew().catch(this.options.onBackgroundFailure);
    return held.value;
  }

  /** A token that is good now. Throws UpstreamFault when Logto gives none. */
  async current(): Promise<string> {
    return this.held() ?? this.#renew();
  }

  /** Another token than the one Logto has just refused; nothing is asked if somebody else already renewed it. */
  async insteadOf(refused: string): Promise<string> {
    if (this.#held && this.#held.value !== refused) return this.#held.value;
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
    if (reply.status !== 200) throw this.#refusal(reply);
    const answer = reply.payload.json<TokenAnswer>();
    const { expires_in: lifeS = USUAL_LIFE_S } = answer;
    const wrong = objectionTo(TOKEN_ANSWER, answer) ?? objectionTo('number', lifeS, '/expires_in');
    if (wrong) throw fault('upstream.invalid_response', `the token endpoint answered JSON in which ${wrong}`);
    // Logto issues a token without the scope as if nothing were wrong; every later call would be a 403.
    if (typeof answer.scope !== 'string' || !answer.scope.split(' ').includes('all')) {
      throw fault(
        'upstream.unauthorized',
        `client ${clientId} got a token without the scope "all" of ${resource}: give the application the role "Logto Management API access"`,
      );
    }
    const lifeMs = lifeS * 1000;
    this.#held = { value: answer.access_token, renewAt: askedAt + lifeMs * RENEW_AFTER, expiresAt: askedAt + lifeMs };
    return answer.access_token;
  }

  /** What goes wrong here keeps the call it is for from ever being sent: no write can have happened. */
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

  #refusal({ status, retryAfterS, contentType, payload }: UpstreamReply): UpstreamFault {
    if (status === 429) return fault('upstream.budget', 'the token endpoint says too many requests', { retryAfterS });
    if (status >= 500) return fault('upstream.error', `the token endpoint answered ${status}`);
    const { error, error_description, message }: TokenRefusal = contentType.startsWith('application/json')
      ? payload.json()
      : {};
    return fault(
      'upstream.unauthorized',
      `the token endpoint refused client ${this.options.clientId} with ${status}: ${error_description ?? message ?? error ?? 'no reason given'}; check LOGTO_CLIENT_ID, LOGTO_CLIENT_SECRET and LOGTO_RESOURCE`,
    );
  }
}

const fault = (
  code: UpstreamFaultCode,
  message: string,
  options: ConstructorParameters<typeof UpstreamFault>[2] = {},
): UpstreamFault => new UpstreamFault(code, message, { ...options, atTokenEndpoint: true });
