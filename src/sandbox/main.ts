import { readSandboxConfig } from '../config/sandbox-config.js';
import { startSandbox, type Sandbox } from './sandbox.js';

const introduction = ({ url, issuer, audience, demo }: Sandbox) => `The sandbox runs as Logto at ${url}
  issuer      ${issuer}
  audience    ${audience}
  demo data   organization ${demo.organization} (250 members), owner ${demo.users.owner}
  clients     ${Object.values(demo.clients)
    .map(({ id, secret }) => `${id} / ${secret}`)
    .join('\n              ')}

To get a token for the gateway:
  curl -s ${issuer}/token -u ${demo.clients.service.id}:${demo.clients.service.secret} \\
    -d grant_type=client_credentials -d resource=${audience} \\
    -d 'scope=read:organizations read:members read:roles'

All data is in memory and lost when the sandbox stops (Ctrl-C).
`;

try {
  const sandbox = await startSandbox(readSandboxConfig());
  process.stdout.write(introduction(sandbox));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void sandbox.close());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
