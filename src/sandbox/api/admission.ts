import { createLocalJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';
import { MANAGEMENT_API } from '../data/tables.js';
import { Refusal } from '../http/refusal.js';
import type { SigningKey } from '../oidc/keys.js';

const REMEMBERED = 1000;

function unauthorized(error: errors.JOSEError): Refusal {
  // Expired tokens and tokens for others come back with all their claims; a gateway must not pass that on.
  const { claim, reason, payload } = error as Partial<errors.JWTClaimValidationFailed>;
  return new Refusal(401, 'auth.unauthorized', {
    data: { code: error.code, name: error.name, claim, reason, payload },
  });
}

/** Judges a Management API call by its Authorization header, or refuses it. Verified tokens are remembered until they expire. */
export function makeAdmission(key: SigningKey, issuer: string): (authorization: string | undefined) => Promise<void> {
  const keys = createLocalJWKSet({ keys: [key.publicJwk] });
  const verified = new Map<string, JWTPayload>();

  const verify = async (token: string): Promise<JWTPayload> => {
    const known = verified.get(token);
    if (known && (known.exp ?? 0) > Date.now() / 1000) return known;
    verified.delete(token);
    const { payload } = await jwtVerify(token, keys, { issuer, audience: MANAGEMENT_API }).catch((error: unknown) => {
      throw error instanceof errors.JOSEError ? unauthorized(error) : error;
    });
    if (verified.size >= REMEMBERED) verified.clear();
    verified.set(token, payload);
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
