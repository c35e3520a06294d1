import { createLocalJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';
import { MANAGEMENT_API } from '../data/tables.js';
import { Refusal } from '../http/refusal.js';
import type { SigningKey } from '../oidc/keys.js';

const MAX_CACHED = 1000;

function unauthorized(error: errors.JOSEError): Refusal {
  // Like Logto, this returns all claims of an expired token or one for another audience. A gateway must not pass that on.
  const { claim, reason, payload } = error as Partial<errors.JWTClaimValidationFailed>;
  return new Refusal(401, 'auth.unauthorized', {
    data: { code: error.code, name: error.name, claim, reason, payload },
  });
}

/** Authorizes a call of the Management API by its Authorization header, or throws. Verified tokens are cached until they expire. */
export function makeAuthorize(key: SigningKey, issuer: string): (authorization: string | undefined) => Promise<void> {
  const keys = createLocalJWKSet({ keys: [key.publicJwk] });
  const cache = new Map<string, JWTPayload>();

  const verify = async (token: string): Promise<JWTPayload> => {
    const cached = cache.get(token);
    if (cached && (cached.exp ?? 0) > Date.now() / 1000) return cached;
    cache.delete(token);
    const { payload } = await jwtVerify(token, keys, { issuer, audience: MANAGEMENT_API }).catch((error: unknown) => {
      throw error instanceof errors.JOSEError ? unauthorized(error) : error;
    });
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(token, payload);
    return payload;
  };

  return async (authorization) => {
    if (!authorization) throw new Refusal(401, 'auth.authorization_header_missing');
    if (!authorization.startsWith('Bearer')) {
      throw new Refusal(401, 'auth.authorization_token_type_not_supported', { data: { supportedTypes: ['Bearer'] } });
    }
    const payload = await verify(authorization.slice('Bearer '.length));
    const scopes = typeof payload['scope'] === 'string' ? payload['scope'].split(' ') : [];
    if (!scopes.includes('all')) throw new Refusal(403, 'auth.forbidden');
  };
}
