import { makeApi } from './api/api.js';
import type { Tables } from './data/tables.js';
import { conditional } from './http/etag.js';
import type { SandboxAnswer, SandboxRequest } from './http/exchange.js';
import type { SigningKey } from './oidc/keys.js';
import { answerOidc } from './oidc/provider.js';

/** Logto as a function from request to response, without any transport. */
export type Logto = (request: SandboxRequest) => Promise<SandboxAnswer>;

/** Like Logto, the sandbox answers a wrong base URL with 200 and the sign-in page. */
const signInPage: SandboxAnswer = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache, no-store, must-revalidate' },
  body: '<!doctype html><html><head><title>sandbox</title></head><body>This is where people sign in.</body></html>\n',
};

export function makeLogto(tables: Tables, key: SigningKey, issuer: string): Logto {
  const api = makeApi(tables, key, issuer);
  return async (request) => {
    const [, mount, path = '/'] = /^\/(api|oidc)(\/.*)?$/.exec(request.path) ?? [];
    if (mount === undefined) return signInPage;
    const answer = await (mount === 'api' ? api(request, path) : answerOidc(request, path, { tables, key, issuer }));
    return conditional(request, answer);
  };
}
