import type { Gateway } from './gateway.js';

/** What whoever starts the gateway wants to know first: where it is, and, on the sandbox, a call that works. */
export function greeting({ url, sandbox, addresses }: Gateway): string {
  const lines = [`The organization gateway listens on ${url}`, `Documentation                       ${url}/docs`];
  if (!sandbox) return `${[...lines, `Logto                               ${addresses.endpoint}`].join('\n')}\n`;
  const { service } = sandbox.demo.clients;
  const token = `TOKEN=$(curl -s -u ${service.id}:${service.secret} ${sandbox.issuer}/token -d grant_type=client_credentials -d resource=${sandbox.audience} -d scope=all | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`;
  const call = `curl -s -H "Authorization: Bearer $TOKEN" ${url}/api/organizations/${sandbox.demo.organization}/overview`;
  return `${[
    ...lines,
    '',
    `THIS IS THE SANDBOX: a Logto look-alike in memory at ${sandbox.url}. Nothing in it is real and nothing is kept.`,
    'Set LOGTO_ENDPOINT, LOGTO_CLIENT_ID, LOGTO_CLIENT_SECRET and AUTH_AUDIENCE to use your Logto.',
    '',
    'Get a token, then one organization with all its members and their roles:',
    '',
    `  ${token}`,
    `  ${call}`,
    '',
  ].join('\n')}\n`;
}
