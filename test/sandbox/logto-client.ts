import { request } from 'node:http';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.js';

const MANAGEMENT_API = 'https://default.logto.app/api';

export interface Reply {
  readonly status: number;
  /** Repeated headers are separate. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly body: ReturnType<typeof JSON.parse>;
}

interface Sending {
  readonly headers?: Record<string, string>;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly raw?: string | Buffer;
}

/** Sends a request verbatim: the path is not normalized, and only Host and the length are added to the headers. */
export const send = (url: string, method: string, path: string, { headers = {}, json, raw }: Sending = {}) =>
  new Promise<Reply>((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const body = json === undefined ? raw : JSON.stringify(json);
    const sent = { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers };
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const outgoing = request({ hostname, port, method, path, headers: { ...sent, ...length } }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = /json/.test(incoming.headers['content-type'] ?? '') && text !== '';
        try {
          const body = isJson ? JSON.parse(text) : undefined;
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, body });
        } catch (error) {
          reject(error);
        }
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });

const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

/** A sandbox, and a client with full access to its API. */
export async function startWithClient() {
  const sandbox = await startSandbox();
  const token = (client: { id: string; secret: string }, form: Record<string, string>) =>
    send(sandbox.url, 'POST', '/oidc/token', {
      headers: { authorization: basic(client.id, client.secret), 'content-type': 'application/x-www-form-urlencoded' },
      raw: new URLSearchParams(form).toString(),
    });
  const form = { grant_type: 'client_credentials', resource: MANAGEMENT_API, scope: 'all' };
  const management: string = (await token(sandbox.demo.clients.gateway, form)).body.access_token;
  const call = (method: string, path: string, sending: Sending = {}) =>
    send(sandbox.url, method, path, {
      ...sending,
      headers: { authorization: `Bearer ${management}`, ...sending.headers },
    });

  return {
    sandbox,
    token,
    management,
    call,
    /** The body of a successful call; throws otherwise. */
    async api(method: string, path: string, json?: unknown) {
      const reply = await call(method, `/api${path}`, json === undefined ? {} : { json });
      if (reply.status >= 400) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
      return reply.body;
    },
    /** A user's token, obtained by token exchange. */
    async actAs(userId: string, wanted: Record<string, string>) {
      const { subjectToken } = (await call('POST', '/api/subject-tokens', { json: { userId } })).body;
      return token(sandbox.demo.clients.exchange, {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: subjectToken,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        ...wanted,
      });
    },
  };
}

export type Client = Awaited<ReturnType<typeof startWithClient>>;
export type { Sandbox };
