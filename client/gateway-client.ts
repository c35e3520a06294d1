import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './schema.js';

export interface GatewayClientOptions {
  /** The gateway's address, without /api. */
  readonly baseUrl: string;
  /** The access token to call with, asked for before each call: it may be renewed meanwhile. */
  readonly token: () => string | Promise<string>;
}

/**
 * A client of the organization gateway: every operation by its path, with the types of `openapi.json`. Calls give
 * `{ data, error, response }`; `error` is the problem, and nothing is thrown but for a lost connection.
 */
export function gatewayClient({ baseUrl, token }: GatewayClientOptions): Client<paths> {
  // Lists in a query are separated by commas.
  const querySerializer = { array: { style: 'form', explode: false } } as const;
  const client = createClient<paths>({ baseUrl, querySerializer });
  client.use({
    async onRequest({ request }) {
      request.headers.set('authorization', `Bearer ${await token()}`);
      return request;
    },
  });
  return client;
}
