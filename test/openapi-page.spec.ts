import { runInNewContext } from 'node:vm';
import { moveResourceToForm } from '../src/openapi/move-resource-to-form.js';
import { type Running, startGateway } from './support/start-gateway.js';

interface TokenRequest {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: unknown;
}
interface PageOptions {
  readonly spec: { readonly openapi: string };
  readonly requestInterceptor: (request: TokenRequest) => TokenRequest;
}
interface LoginOptions {
  readonly clientId?: string;
  readonly additionalQueryStringParams: Record<string, string>;
}

describe('the documentation page', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway();
  });
  afterAll(() => running.close());

  /** Runs the page's script like a browser, with a fake Swagger UI that records its options. */
  async function openPage(): Promise<{ options: PageOptions; login: LoginOptions }> {
    const { text } = await running.anonymous().get('/docs/swagger-ui-init.js').expect(200);
    const recorded: { options?: PageOptions; login?: LoginOptions } = {};
    const bundle = Object.assign(
      (options: PageOptions) => {
        recorded.options = options;
        return { initOAuth: (login: LoginOptions) => (recorded.login = login) };
      },
      { presets: {}, plugins: {} },
    );
    const location = new URL('/docs', running.gateway.url);
    const window: { onload?: () => void; location: URL } = { location };
    const page = { window, location, SwaggerUIBundle: bundle, SwaggerUIStandalonePreset: {}, URL, encodeURIComponent };
    runInNewContext(text, page);
    window.onload?.();
    if (!recorded.options || !recorded.login) throw new Error('the page did not start Swagger UI');
    return { options: recorded.options, login: recorded.login };
  }

  it('exists, and the document as JSON and YAML', async () => {
    const page = await running.anonymous().get('/docs').expect(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.text).toContain('Organization gateway');
    for (const [, asset = ''] of page.text.matchAll(/(?:src|href)="(\.[^"]+)"/g)) {
      await running.anonymous().get(new URL(asset, 'http://x/docs').pathname).expect(200);
    }
    const json = await running.anonymous().get('/docs-json').expect(200);
    expect(json.body).toEqual(JSON.parse(JSON.stringify(running.gateway.document)));
    const yaml = await running.anonymous().get('/docs-yaml').expect(200);
    expect(yaml.text).toMatch(/^openapi: 3\.1\./);
    expect(yaml.text).toContain('/api/organizations/{id}/overview:');
  });

  it('may only run its own scripts and call the gateway and the issuer', async () => {
    const { headers } = await running.anonymous().get('/docs').expect(200);
    const policy = Object.fromEntries(
      (headers['content-security-policy'] ?? '').split(';').map((directive) => {
        const [name = '', ...sources] = directive.trim().split(' ');
        return [name, sources];
      }),
    );
    expect(policy['connect-src']).toEqual(["'self'", running.sandbox.url]);
    expect(policy['script-src']).toEqual(["'self'"]);
    // An upgrade to https would break plain http on a developer's machine.
    expect(policy).not.toHaveProperty('upgrade-insecure-requests');
  });

  it('is the only page with these permissions: API responses may load nothing', async () => {
    for (const path of ['/docs-json', '/health/live', '/api/organizations']) {
      const { headers } = await running.anonymous().get(path);
      expect(headers['content-security-policy']).toMatch(/default-src 'none'/);
    }
  });

  it('gets a working token with its Authorize dialog', async () => {
    const { options, login } = await openPage();
    const { clientId = '' } = login;
    expect(clientId).toBe(running.sandbox.demo.clients.service.id);
    const schemes = running.gateway.document.components?.securitySchemes as unknown as {
      oauth2: { flows: { clientCredentials: { tokenUrl: string; scopes: Record<string, string> } } };
    };
    const { tokenUrl, scopes } = schemes.oauth2.flows.clientCredentials;
    // Like Swagger UI with client credentials: additional parameters are in the query, the others in a form.
    const { url, method, headers, body } = options.requestInterceptor({
      url: `${tokenUrl}?${new URLSearchParams(login.additionalQueryStringParams)}`,
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${clientId}:${clientId}-secret`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        'x-requested-with': 'XMLHttpRequest',
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: Object.keys(scopes).join(' ') }).toString(),
    });

    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin: running.gateway.url,
        'access-control-request-method': method,
        'access-control-request-headers': Object.keys(headers).join(','),
      },
    });
    expect(preflight.status).toBeLessThan(300);
    expect(['*', running.gateway.url]).toContain(preflight.headers.get('access-control-allow-origin'));
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
    const allowed = preflight.headers.get('access-control-allow-headers')?.toLowerCase();
    for (const name of Object.keys(headers)) expect(allowed).toContain(name);

    const origin = { origin: running.gateway.url };
    const response = await fetch(url, { method, headers: { ...headers, ...origin }, body: body as string });
    expect(['*', running.gateway.url]).toContain(response.headers.get('access-control-allow-origin'));
    const { access_token: token, scope } = (await response.json()) as { access_token: string; scope: string };
    expect(scope.split(' ').toSorted()).toEqual(Object.keys(scopes).toSorted());
    await (await running.as(token)).get(`/api/organizations/${running.sandbox.demo.organization}/overview`).expect(200);
  });

  describe('moves the resource of a token request into its form', () => {
    const move = (url: string, body?: unknown) => {
      const request = { url, ...(body === undefined ? {} : { body }) };
      expect(moveResourceToForm(request)).toBe(request);
      return request;
    };

    it('and keeps all other parameters', () => {
      const address = 'http://logto.test/oidc/token';
      expect(move(`${address}?a=1&resource=https%3A%2F%2Fapi.test%2F%3Fx%3D1%26y&b=2`, 'grant_type=x')).toEqual({
        url: `${address}?a=1&b=2`,
        body: 'grant_type=x&resource=https%3A%2F%2Fapi.test%2F%3Fx%3D1%26y',
      });
    });

    it.each([
      ['other requests', '/api/organizations?resource=x', undefined],
      ['other requests with a body', 'http://gateway.test/api/organizations?resource=x', '{}'],
      ['a token request without a resource', 'http://logto.test/oidc/token', 'grant_type=x'],
      ['a token request without a form', 'http://logto.test/oidc/token?resource=x', undefined],
    ])('but does not change %s', (_what, url, body) => {
      expect(move(url, body)).toEqual({ url, ...(body === undefined ? {} : { body }) });
    });
  });
});
