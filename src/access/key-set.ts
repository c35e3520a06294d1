import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

/** Nobody, with whatever tokens, makes us ask the issuer more often than this; nor does the issuer by failing. */
const COOLDOWN_MS = 10_000;
/** While no key is known at all nothing works: then it is asked again sooner. */
const FIRST_COOLDOWN_MS = 1000;
/** Keys the issuer has withdrawn are good for this much longer; others for as long as it cannot be asked. */
const RENEW_AFTER_MS = 10 * 60_000;

/** The issuer's public keys: kept while it is away, asked for again when a token names one that is not known. */
export class KeySet {
  readonly #remote: ReturnType<typeof createRemoteJWKSet>;
  #local: ReturnType<typeof createLocalJWKSet> | undefined;
  #askedAt = -Infinity;
  #failure: unknown;
  #reloading: Promise<void> | undefined;

  /** @param now milliseconds since the epoch */
  constructor(
    url: string,
    private readonly now: () => number,
  ) {
    this.#remote = createRemoteJWKSet(new URL(url), { cooldownDuration: 0 });
  }

  /** The key a token is signed with. Throws jose's JWKSNoMatchingKey, or what went wrong asking the issuer. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    try {
      if (!this.#local) throw new errors.JWKSNoMatchingKey();
      const key = await this.#local(header, token);
      if (this.now() - this.#askedAt > RENEW_AFTER_MS) this.reload().catch(() => undefined);
      return key;
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#askAgain(error);
    }
    if (!this.#local) throw new errors.JWKSNoMatchingKey();
    return this.#local(header, token);
  };

  /** Asks the issuer; who comes meanwhile waits for the same answer. */
  reload(): Promise<void> {
    this.#askedAt = this.now();
    this.#reloading ??= this.#fetch().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  async #fetch(): Promise<void> {
    try {
      await this.#remote.reload();
      this.#failure = undefined;
      const keys = this.#remote.jwks();
      if (keys) this.#local = createLocalJWKSet(keys);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  async #askAgain(unknown: Error): Promise<void> {
    if (this.#reloading) return this.#reloading;
    if (this.now() - this.#askedAt < (this.#local ? COOLDOWN_MS : FIRST_COOLDOWN_MS)) throw this.#failure ?? unknown;
    return this.reload();
  }
}
