import type { Tables } from '../data/tables.js';
import { BodyTooLarge } from '../http/bodies.js';
import { json, type SandboxAnswer, type SandboxRequest } from '../http/exchange.js';
import { BareRefusal } from '../http/refusal.js';
import { discoveryDocument } from './discovery.js';
import type { SigningKey } from './keys.js';
import { invalidRequest, OidcRefusal } from './oidc-refusal.js';
import { issueToken } from './token-endpoint.js';

interface Provider {
  readonly tables: Tables;
  readonly key: SigningKey;
  readonly issuer: string;
}
const CORS = { 'access-control-allow-origin': '*' };
const TOKEN = { ...CORS, 'access-control-expose-headers': 'WWW-Authenticate', 'cache-control': 'no-store' };

/** These endpoints allow pages of any origin. */
const preflight = ({ headers }: SandboxRequest): SandboxAnswer => ({
  status: 204,
  headers: {
    ...CORS,
    'access-control-allow-methods': headers['access-control-request-method'] ?? 'GET, POST',
    'access-control-allow-headers': headers['access-control-request-headers'] ?? 'authorization, content-type',
    'access-control-max-age': '3600',
  },
  body: '',
});

async function tokenAnswer(request: SandboxRequest, provider: Provider): Promise<SandboxAnswer> {
  try {
    return await issueToken(request, provider);
  } catch (error) {
    if (error instanceof OidcRefusal)
      return error.answer(request.headers['accept-language'], request.query.get('parse_error') === 'false');
    if (error instanceof BareRefusal || error instanceof BodyTooLarge)
      return invalidRequest('failed to parse the request body').answer();
    throw error;
  }
}

const userinfo = (issuer: string) => {
  const challenge = `Bearer realm="${issuer}", error="invalid_token", error_description="invalid token provided"`;
  return new OidcRefusal(401, 'invalid_token', 'invalid token provided', { 'www-authenticate': challenge });
};

/** JWTs are self-contained: they can neither be introspected nor revoked. */
const unsupportedForJwt = (operation: string) =>
  new OidcRefusal(400, 'unsupported_token_type', `Structured JWT Tokens cannot be ${operation}`).answer();

/** The endpoints below /oidc that a gateway and its callers use. `path` has no /oidc prefix. */
export async function answerOidc(request: SandboxRequest, path: string, provider: Provider): Promise<SandboxAnswer> {
  const { method } = request;
  const allowsCors = /^\/(?:token|jwks|me|\.well-known\/(?:openid-configuration|oauth-authorization-server))$/.test(
    path,
  );
  if (method === 'OPTIONS' && allowsCors) return preflight(request);
  const withHeaders = (headers: SandboxAnswer['headers'], answer: SandboxAnswer) => ({
    ...answer,
    headers: { ...headers, ...answer.headers },
  });
  const route = `${method === 'HEAD' ? 'GET' : method} ${path}`;
  switch (route) {
    case 'POST /token':
      return withHeaders(TOKEN, await tokenAnswer(request, provider));
    case 'GET /jwks': {
      const headers = {
        ...CORS,
        'cache-control': 'no-cache, max-age=0, must-revalidate',
        'content-type': 'application/jwk-set+json; charset=utf-8',
      };
      return json(200, { keys: [provider.key.publicJwk] }, headers);
    }
    case 'GET /.well-known/openid-configuration':
    case 'GET /.well-known/oauth-authorization-server':
      return json(200, discoveryDocument(provider.issuer), CORS);
    case 'GET /me':
      return withHeaders(TOKEN, userinfo(provider.issuer).answer(request.headers['accept-language']));
    case 'POST /token/introspection':
      return withHeaders(TOKEN, unsupportedForJwt('introspected via the introspection_endpoint'));
    case 'POST /token/revocation':
      return withHeaders(TOKEN, unsupportedForJwt('revoked via the revocation_endpoint'));
    default:
      return new OidcRefusal(
        404,
        'invalid_request',
        `unrecognized route or not allowed method (${method} on ${path})`,
      ).answer();
  }
}
