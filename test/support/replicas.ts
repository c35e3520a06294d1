import { randomUUID } from 'node:crypto';
import { createConnection } from 'node:net';
import { Writable } from 'node:stream';
import supertest from 'supertest';
import { readConfig } from '../../src/config/read-config.js';
import { createGateway, type Gateway } from '../../src/gateway.js';
import { createLogger } from '../../src/observability/logger.js';
import { until } from './far-end.js';
import { type Running, startGateway } from './start-gateway.js';

/** The Redis tests share. Each run has a prefix of its own in it. */
export const REDIS_URL = 'redis://127.0.0.1:6379';

/** Whether a Redis answers; where none does, what needs one is shown as skipped. */
export const hasRedis: boolean = await new Promise((resolve) => {
  const socket = createConnection(6379, '127.0.0.1');
  socket.once('connect', () => (socket.destroy(), resolve(true))).once('error', () => resolve(false));
});

export interface Replica {
  readonly gateway: Gateway;
  /** Stops this one before the others. */
  stop(): Promise<void>;
  as(token: string): ReturnType<typeof supertest.agent>;
}

/** Several gateways in front of one sandbox. */
export interface Replicas {
  /** The first of them, with the sandbox. */
  readonly running: Running;
  /** What they have in common, for one more of them. */
  readonly env: NodeJS.ProcessEnv;
  /** One more. */
  add(more?: NodeJS.ProcessEnv): Promise<Replica>;
  close(): Promise<void>;
}

const redisIsUsed = ({ app }: Gateway): Promise<boolean> =>
  supertest(app.getHttpServer())
    .get('/health/ready')
    .then(({ body }) => (body as { details?: { redis?: { status?: string } } }).details?.redis?.status === 'ok');

/** Starts the first replica, and others by `add`. Those with a REDIS_URL are given once they use it. */
export async function startReplicas(shared: NodeJS.ProcessEnv = {}): Promise<Replicas> {
  const env: NodeJS.ProcessEnv = { REDIS_PREFIX: `test:${randomUUID()}`, REDIS_TIMEOUT_MS: '1000', ...shared };
  const running = await startGateway(env);
  const waitForRedis = async (gateway: Gateway) => {
    if (env['REDIS_URL']) await until('the gateway uses Redis', () => redisIsUsed(gateway));
  };
  await waitForRedis(running.gateway);
  const others = new Set<Gateway>();
  const { sandbox } = running;
  return {
    running,
    env,
    async add(more = {}) {
      const config = readConfig({
        PORT: '0',
        LOG_LEVEL: 'error',
        LOGTO_ENDPOINT: sandbox.url,
        LOGTO_CLIENT_ID: sandbox.demo.clients.gateway.id,
        LOGTO_CLIENT_SECRET: sandbox.demo.clients.gateway.secret,
        AUTH_AUDIENCE: sandbox.audience,
        ...env,
        ...more,
      });
      const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
      const gateway = await createGateway(config, createLogger(config.logLevel, silent));
      others.add(gateway);
      await waitForRedis(gateway);
      const stop = async () => {
        if (others.delete(gateway)) await gateway.close();
      };
      return { gateway, stop, as: (token) => supertest.agent(gateway.url).set('authorization', `Bearer ${token}`) };
    },
    async close() {
      await Promise.all([...others].map((gateway) => gateway.close()));
      await running.close();
    },
  };
}
