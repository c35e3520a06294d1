import type { Exchange } from './exchange.js';
import { UpstreamFault } from './upstream-fault.js';

interface TokenAnswer {
  readonly access_token?: string;
  readonly expires_in?: number;
  readonly scope?: string;
  readonly error?: string;
  readonly error_description?: string;
  readonly message?: string;
}

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

  /** A token that is good now. Throws UpstreamFault when Logto gives none. */
  async current(): Promise<string> {
    const held = this.#held;
    const now = this.#now();
    if (!held || now >= held.expiresAt) return this.#renew();
    if (now >= held.renewAt) this.#renew().catch(this.options.onBackgroundFailure);
    return held.value;
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
    const { clientId, clientSecret, resource, send } = this.options;
    const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64');
    const askedAt = this.#now();
    const reply = await send({
      method: 'POST',
      path: '/oidc/token',
      body: new URLSearchParams({ grant_type: 'client_credentials', resource, scope: 'all' }),
      invalidates: [],
      headers: { authorization: `Basic ${basic}` },
    });
    const answer = reply.contentType.startsWith('application/json') ? reply.payload.json<TokenAnswer>() : {};
    if (reply.status === 429)
      throw new UpstreamFault('upstream.budget', 'the token endpoint says too many requests', {
        retryAfterS: reply.retryAfterS,
      });
    if (reply.status >= 500) throw new UpstreamFault('upstream.error', `the token endpoint answered ${reply.status}`);
    if (reply.status !== 200 || !answer.access_token) {
      const reason = answer.error_description ?? answer.message ?? answer.error ?? 'no reason given';
      throw new UpstreamFault(
        'upstream.unauthorized',
        `the token endpoint refused client ${clientId} with ${reply.status}: ${reason}; check LOGTO_CLIENT_ID, LOGTO_CLIENT_SECRET and LOGTO_RESOURCE`,
      );
    }
    // Logto issues a token without the scope as if nothing were wrong; every later call would be a 403.
    if (!answer.scope?.split(' ').includes('all')) {
      throw new UpstreamFault(
        'upstream.unauthorized',
        `client ${clientId} got a token without the scope "all" of ${resource}: give the application the role "Logto Management API access"`,
      );
    }
    const lifeMs = (answer.expires_in ?? 3600) * 1000;
    this.#held = { value: answer.access_token, renewAt: askedAt + lifeMs * RENEW_AFTER, expiresAt: askedAt + lifeMs };
    return answer.access_token;
  }
}
