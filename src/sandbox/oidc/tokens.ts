import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { ALGORITHM, type SigningKey } from './keys.js';

export interface TokenRequest {
  readonly subject: string;
  readonly clientId: string;
  readonly audience: string;
  readonly lifetime: number;
  readonly scopes: readonly string[];
  readonly organizationId?: string | undefined;
}

/** Signs an access token with the claims Logto puts into one; without a scope there is no scope claim. */
export async function signAccessToken(key: SigningKey, issuer: string, wanted: TokenRequest): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    ...(wanted.organizationId === undefined ? {} : { organization_id: wanted.organizationId }),
    jti: randomBytes(32).toString('base64url'),
    sub: wanted.subject,
    iat,
    exp: iat + wanted.lifetime,
    ...(wanted.scopes.length > 0 ? { scope: wanted.scopes.join(' ') } : {}),
    client_id: wanted.clientId,
    iss: issuer,
    aud: wanted.audience,
  };
  return new SignJWT(claims).setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt', kid: key.kid }).sign(key.privateKey);
}

/** A token nobody but Logto can read: what a user gets who names neither a resource nor an organization. */
export const opaqueToken = (): string => randomBytes(32).toString('base64url');
