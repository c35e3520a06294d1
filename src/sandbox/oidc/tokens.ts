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

/** Signs an access token with Logto's claims; without scopes there is no scope claim. */
export async function signAccessToken(key: SigningKey, issuer: string, request: TokenRequest): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    ...(request.organizationId === undefined ? {} : { organization_id: request.organizationId }),
    jti: randomBytes(32).toString('base64url'),
    sub: request.subject,
    iat,
    exp: iat + request.lifetime,
    ...(request.scopes.length > 0 ? { scope: request.scopes.join(' ') } : {}),
    client_id: request.clientId,
    iss: issuer,
    aud: request.audience,
  };
  return new SignJWT(claims).setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt', kid: key.kid }).sign(key.privateKey);
}

/** Issued to users who request neither a resource nor an organization; only Logto can read it. */
export const opaqueToken = (): string => randomBytes(32).toString('base64url');
