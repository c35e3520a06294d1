import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.js';
import { Replica } from './start-replicas.js';
import { TcpProxy } from './tcp-proxy.js';
import { Tokens } from './tokens.js';

export interface BehindWire {
  readonly sandbox: Sandbox;
  readonly gateway: Replica;
  readonly tokens: Tokens;
  /** Makes Logto unreachable: connections are refused, so calls provably were not sent. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** Calls that reached the sandbox's API since the last `sandbox.forget()`. */
  upstreamCalls(): string[];
  close(): Promise<void>;
}

/** Starts a gateway that reaches Logto through a proxy, which a test can cut. */
export async function startBehindWire(env: NodeJS.ProcessEnv = {}): Promise<BehindWire> {
  const sandbox = await startSandbox();
  const wire = new TcpProxy(Number(new URL(sandbox.url).port));
  await wire.start();
  const tokens = new Tokens(sandbox);
  const { gateway: client } = sandbox.demo.clients;
  const settings = {
    LOGTO_ENDPOINT: `http://127.0.0.1:${wire.port}`,
    LOGTO_CLIENT_ID: client.id,
    LOGTO_CLIENT_SECRET: client.secret,
    AUTH_AUDIENCE: sandbox.audience,
    AUTH_ISSUER: sandbox.issuer,
    ...env,
  };
  const gateway = new Replica(settings, tokens);
  await gateway.start();
  let isCut = false;
  return {
    sandbox,
    gateway,
    tokens,
    cut: async () => {
      isCut = true;
      await wire.close();
    },
    mend: async () => {
      if (isCut) await wire.start();
      isCut = false;
    },
    upstreamCalls: () =>
      sandbox.requests.filter(({ path }) => path.startsWith('/api/')).map(({ method, path }) => `${method} ${path}`),
    close: async () => {
      await gateway.stop();
      if (!isCut) await wire.close();
      await sandbox.close();
    },
  };
}
