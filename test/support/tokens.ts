import type { Sandbox } from '../../src/sandbox/sandbox.js';

const EVERYTHING =
  'read:organizations create:organizations update:organizations delete:organizations read:members manage:members read:roles manage:roles all';

interface Client {
  readonly id: string;
  readonly secret: string;
}

/** Real tokens of all kinds, from the sandbox's token endpoint. */
export class Tokens {
  readonly #cache = new Map<string, Promise<string>>();

  constructor(private readonly sandbox: Sandbox) {}

  /** A service token with these scopes; all nine by default. */
  service(scope = EVERYTHING): Promise<string> {
    return this.#once(`service ${scope}`, () =>
      this.#request(this.sandbox.demo.clients.service, {
        grant_type: 'client_credentials',
        resource: this.sandbox.audience,
        scope,
      }),
    );
  }

  /** A service token with read permissions only. */
  reader(): Promise<string> {
    return this.#once('reader', () =>
      this.#request(this.sandbox.demo.clients.reader, {
        grant_type: 'client_credentials',
        resource: this.sandbox.audience,
        scope: EVERYTHING,
      }),
    );
  }

  /** A valid service token without scopes. */
  nothing(): Promise<string> {
    return this.#once('nothing', () =>
      this.#request(this.sandbox.demo.clients.service, {
        grant_type: 'client_credentials',
        resource: this.sandbox.audience,
      }),
    );
  }

  /** A token for Logto's Management API, which is another audience than the gateway's. */
  management(): Promise<string> {
    return this.#once('management', () =>
      this.#request(this.sandbox.demo.clients.gateway, {
        grant_type: 'client_credentials',
        resource: 'https://default.logto.app/api',
        scope: 'all',
      }),
    );
  }

  /** An organization token (`aud` urn:logto:organization:…). Not cached, because roles may have changed. */
  organization(organizationId: string, userId: string, scope = EVERYTHING): Promise<string> {
    return this.#exchange(userId, { organization_id: organizationId, scope });
  }

  /** The same with the gateway's audience and an `organization_id` claim. */
  organizationApi(organizationId: string, userId: string, scope = EVERYTHING): Promise<string> {
    return this.#exchange(userId, { organization_id: organizationId, resource: this.sandbox.audience, scope });
  }

  /** A user token, outside any organization. */
  user(userId: string, scope?: string): Promise<string> {
    return this.#exchange(userId, { resource: this.sandbox.audience, ...(scope && { scope }) });
  }

  /** Calls the sandbox's Management API directly. */
  async api(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
    const response = await fetch(this.sandbox.url + path, {
      method,
      headers: {
        authorization: `Bearer ${await this.management()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      json: response.headers.get('content-type')?.startsWith('application/json') ? (JSON.parse(text) as unknown) : text,
    };
  }

  async #exchange(userId: string, form: Record<string, string>): Promise<string> {
    const { json } = await this.api('POST', '/api/subject-tokens', { userId });
    return this.#request(this.sandbox.demo.clients.exchange, {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: (json as { subjectToken: string }).subjectToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      ...form,
    });
  }

  #once(key: string, make: () => Promise<string>): Promise<string> {
    let token = this.#cache.get(key);
    if (!token) this.#cache.set(key, (token = make()));
    return token;
  }

  async #request({ id, secret }: Client, form: Record<string, string>): Promise<string> {
    const response = await fetch(`${this.sandbox.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
      body: new URLSearchParams(form),
    });
    const answer = (await response.json()) as { access_token?: string };
    if (!answer.access_token)
      throw new Error(`the sandbox issued no token: ${response.status} ${JSON.stringify(answer)}`);
    return answer.access_token;
  }
}
