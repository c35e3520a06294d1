import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

/** The minimum time between requests to the issuer, whatever tokens callers send and even if the issuer fails. */
const COOLDOWN_MS = 10_000;
/** Shorter while no key is known, because every request fails then. */
const FIRST_COOLDOWN_MS = 1000;
/** How long keys that the issuer has withdrawn stay valid. While the issuer is unreachable, all known keys do. */
const RENEW_AFTER_MS = 10 * 60_000;

/** The issuer's public keys. They are kept while the issuer is unreachable, and fetched again when a token names an unknown key. */
export class KeySet {
  readonly #remote: ReturnType<typeof createRemoteJWKSet>;
  #local: ReturnType<typeof createLocalJWKSet> | undefined;
  #requestedAt = -Infinity;
  #failure: unknown;
  #reloading: Promise<void> | undefined;

  /** @param now milliseconds since the epoch */
  constructor(
    url: string,
    private readonly now: () => number,
  ) {
    this.#remote = createRemoteJWKSet(new URL(url), { cooldownDuration: 0 });
  }

  /** Finds the key of a token. Throws jose's JWKSNoMatchingKey, or the error of the request to the issuer. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    try {
      if (!this.#local) throw new errors.JWKSNoMatchingKey();
      const key = await this.#local(header, token);
      if (this.now() - this.#requestedAt > RENEW_AFTER_MS) this.reload().catch(() => undefined);
      return key;
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#reloadUnlessRecent(error);
    }
    if (!this.#local) throw new errors.JWKSNoMatchingKey();
    return this.#local(header, token);
  };

  /** Fetches the keys; concurrent calls share one request. */
  reload(): Promise<void> {
    this.#requestedAt = this.now();
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

  async #reloadUnlessRecent(noMatch: Error): Promise<void> {
    if (this.#reloading) return this.#reloading;
    const cooldownMs = this.#local ? COOLDOWN_MS : FIRST_COOLDOWN_MS;
    if (this.now() - this.#requestedAt < cooldownMs) throw this.#failure ?? noMatch;
    return this.reload();
  }
}
