import { ask } from './answer.js';

/** The gateway's own API resource. The stub and the gateway use the same. */
export const AUDIENCE = 'https://gateway.example.test';

/** A token of a service, signed by the stub as Logto would. */
export async function callerToken(stub: string, scope: string): Promise<string> {
  const form = new URLSearchParams({ client_id: 'bench-caller', resource: AUDIENCE, scope });
  const { body } = await ask(`${stub}/oidc/token`, { method: 'POST', body: form.toString() });
  return (JSON.parse(body.toString()) as { readonly access_token: string }).access_token;
}
