import { Writable } from 'node:stream';
import supertest from 'supertest';
import { readConfig } from '../../src/config/read-config.js';
import { createGateway, type Gateway } from '../../src/gateway.js';
import { createLogger } from '../../src/observability/logger.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { Tokens } from './tokens.js';

export interface Running {
  readonly gateway: Gateway;
  readonly sandbox: Sandbox;
  readonly tokens: Tokens;
  /** Everything the gateway has logged, a line each. */
  readonly logs: string[];
  /** A request without a token. */
  anonymous(): ReturnType<typeof supertest>;
  /** Requests with a service token that holds every permission, or with the token given. */
  as(token?: string | Promise<string>): Promise<ReturnType<typeof supertest.agent>>;
  /** Calls that reached the sandbox's API since the last `sandbox.forget()`: 'GET /api/organizations/x'. */
  upstreamCalls(): string[];
  close(): Promise<void>;
}

/** `EDGE=off npm test` shows that nothing but speed depends on the edge. */
const edge = process.env['EDGE'] === undefined ? {} : { EDGE: process.env['EDGE'] };

/** The real gateway on its embedded sandbox, on free ports. `env` is what an operator would set. */
export async function startGateway(env: NodeJS.ProcessEnv = {}): Promise<Running> {
  const logs: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logs.push(...chunk.toString().split('\n').filter(Boolean));
      done();
    },
  });
  // Jest and its other workers hold the event loop up; who tests load shedding turns it on.
  const config = readConfig({
    PORT: '0',
    SANDBOX_PORT: '0',
    LOG_LEVEL: 'info',
    OVERLOAD_DELAY_MS: '0',
    ...edge,
    ...env,
  });
  const gateway = await createGateway(config, createLogger(config.logLevel, sink));
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
