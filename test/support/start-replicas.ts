import { Writable } from 'node:stream';
import supertest from 'supertest';
import { readConfig } from '../../src/config/read-config.js';
import { createGateway, type Gateway } from '../../src/gateway.js';
import { createLogger } from '../../src/observability/logger.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.js';
import { until } from './far-end.js';
import { Tokens } from './tokens.js';

/** One of several gateways with the same Logto. */
export class Replica {
  #gateway: Gateway | undefined;

  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly tokens: Tokens,
  ) {}

  get url(): string {
    if (!this.#gateway) throw new Error('this replica is not running');
    return this.#gateway.url;
  }

  get isRunning(): boolean {
    return this.#gateway !== undefined;
  }

  /** @param untilSynced whether to wait until the replica is in sync with the write log in Redis */
  async start(untilSynced = true): Promise<void> {
    const discard = new Writable({ write: (_chunk, _encoding, done) => done() });
    // Jest and its other workers block the event loop, so load shedding is off unless a test turns it on.
    const config = readConfig({ PORT: '0', LOG_LEVEL: 'error', OVERLOAD_DELAY_MS: '0', ...this.env });
    this.#gateway = await createGateway(config, createLogger(config.logLevel, discard));
    if (untilSynced) await this.untilSynced();
  }

  async stop(): Promise<void> {
    const gateway = this.#gateway;
    this.#gateway = undefined;
    await gateway?.close();
  }

  /** The state of a component of the gateway at /health/ready. */
  async health(part: string): Promise<Record<string, unknown>> {
    const { body } = await supertest(this.url).get('/health/ready');
    return (body as { details: Record<string, Record<string, unknown>> }).details[part] ?? {};
  }

  untilSynced(): Promise<void> {
    return until('the replica is in sync', async () => (await this.health('cache'))['sync'] === 'synced');
  }

  async as(token: string | Promise<string> = this.tokens.service()): Promise<ReturnType<typeof supertest.agent>> {
    return supertest.agent(this.url).set('authorization', `Bearer ${await token}`);
  }
}

export interface Replicas {
  readonly sandbox: Sandbox;
  readonly tokens: Tokens;
  readonly replicas: readonly Replica[];
  /** The settings of each replica, except for the Redis URL. */
  readonly settings: NodeJS.ProcessEnv;
  /** Calls that reached the sandbox's API since the last `sandbox.forget()`. */
  upstreamCalls(): string[];
  close(): Promise<void>;
}

/**
 * Starts several gateways with one sandbox and one Redis, as in production.
 * @param redisUrls the Redis URL of each replica
 */
export async function startReplicas(redisUrls: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Replicas> {
  const sandbox = await startSandbox();
  const tokens = new Tokens(sandbox);
  const { gateway: client } = sandbox.demo.clients;
  const settings = {
    LOGTO_ENDPOINT: sandbox.url,
    LOGTO_CLIENT_ID: client.id,
    LOGTO_CLIENT_SECRET: client.secret,
    AUTH_AUDIENCE: sandbox.audience,
    ...env,
  };
  const replicas = redisUrls.map((url) => new Replica({ ...settings, REDIS_URL: url }, tokens));
  await Promise.all(replicas.map((replica) => replica.start()));
  return {
    sandbox,
    tokens,
    replicas,
    settings,
    upstreamCalls: () =>
      sandbox.requests.filter(({ path }) => path.startsWith('/api/')).map(({ method, path }) => `${method} ${path}`),
    close: async () => {
      await Promise.all(replicas.map((replica) => replica.stop()));
      await sandbox.close();
    },
  };
}
