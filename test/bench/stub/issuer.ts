import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';

const ALGORITHM = 'ES384';
const LIFETIME_S = 3600;

/** Signs tokens as Logto does, for everybody, because the stub has no secrets. */
export async function makeIssuer(issuer: string) {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return {
    jwks: JSON.stringify({ keys: [{ ...jwk, use: 'sig', kid, alg: ALGORITHM }] }),
    /** The token response to a machine that requests `scope` of `resource`. */
    async token(form: URLSearchParams): Promise<string> {
      const clientId = form.get('client_id') ?? 'bench';
      const scope = form.get('scope') ?? '';
      const token = await new SignJWT({ scope, client_id: clientId })
        .setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt', kid })
        .setIssuer(issuer)
        .setSubject(clientId)
        .setAudience(form.get('resource') ?? '')
        .setIssuedAt()
        .setExpirationTime(`${LIFETIME_S} s`)
        .sign(privateKey);
      return JSON.stringify({ access_token: token, expires_in: LIFETIME_S, token_type: 'Bearer', scope });
    },
  };
}
