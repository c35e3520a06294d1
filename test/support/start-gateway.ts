import { Writable } from 'node:stream';
import supertest from 'supertest';
import { readConfig } from '../../src/config/read-config.js';
import { createGateway, type Gateway, type GatewayOptions } from '../../src/gateway.js';
import { createLogger } from '../../src/observability/logger.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { Tokens } from './tokens.js';

export interface Running {
  readonly gateway: Gateway;
  readonly sandbox: Sandbox;
  readonly tokens: Tokens;
  /** The log lines of the gateway. */
  readonly logs: string[];
  /** A request without a token. */
  anonymous(): ReturnType<typeof supertest>;
  /** Requests with the given token, or with a service token that has all permissions. */
  as(token?: string | Promise<string>): Promise<ReturnType<typeof supertest.agent>>;
  /** Calls that reached the sandbox's API since the last `sandbox.forget()`: 'GET /api/organizations/x'. */
  upstreamCalls(): string[];
  close(): Promise<void>;
}

/** The tests also pass with `EDGE=off npm test`, because shortcuts only affect speed. */
const edge = process.env['EDGE'] === undefined ? {} : { EDGE: process.env['EDGE'] };

/** Starts the real gateway with its embedded sandbox on free ports, with `env` as its settings. */
export async function startGateway(env: NodeJS.ProcessEnv = {}, options?: GatewayOptions): Promise<Running> {
  const logs: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logs.push(...chunk.toString().split('\n').filter(Boolean));
      done();
    },
  });
  // Jest and its other workers block the event loop, so load shedding is off unless a test turns it on.
  const config = readConfig({
    PORT: '0',
    SANDBOX_PORT: '0',
    LOG_LEVEL: 'info',
    OVERLOAD_DELAY_MS: '0',
    ...edge,
    ...env,
  });
  const gateway = await createGateway(config, createLogger(config.logLevel, sink), options);
  if (!gateway.sandbox) throw new Error('startGateway is for the embedded sandbox');
  const { sandbox } = gateway;
  const tokens = new Tokens(sandbox);
  return {
    gateway,
    sandbox,
    tokens,
    logs,
    anonymous: () => supertest(gateway.url),
    as: async (token = tokens.service()) => supertest.agent(gateway.url).set('authorization', `Bearer ${await token}`),
    upstreamCalls: () =>
      sandbox.requests.filter(({ path }) => path.startsWith('/api/')).map(({ method, path }) => `${method} ${path}`),
    close: () => gateway.close(),
  };
}
