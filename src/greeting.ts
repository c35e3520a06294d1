import type { Gateway } from './gateway.js';

/** The start-up message: the addresses and, on the sandbox, a call that works. */
export function greeting({ url, sandbox, addresses }: Gateway): string {
  const lines = [`The organization gateway listens on ${url}`, `Documentation                       ${url}/docs`];
  if (!sandbox) return `${[...lines, `Logto                               ${addresses.endpoint}`].join('\n')}\n`;
  const { service } = sandbox.demo.clients;
  const token = `TOKEN=$(curl -s -u ${service.id}:${service.secret} ${sandbox.issuer}/token -d grant_type=client_credentials -d resource=${sandbox.audience} -d scope=all | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`;
  const call = `curl -s -H "Authorization: Bearer $TOKEN" ${url}/api/organizations/${sandbox.demo.organization}/overview`;
  return `${[
    ...lines,
    '',
    `THIS IS THE SANDBOX: an in-memory Logto look-alike at ${sandbox.url}. Its data is made up and lost on exit.`,
    'Set LOGTO_ENDPOINT, LOGTO_CLIENT_ID, LOGTO_CLIENT_SECRET and AUTH_AUDIENCE to use your Logto.',
    '',
    'To get a token, and then one organization with all its members and their roles:',
    '',
    `  ${token}`,
    `  ${call}`,
    '',
  ].join('\n')}\n`;
}
