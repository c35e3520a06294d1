import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.js';
import { until } from '../support/far-end.js';
import { isConnected } from '../support/replica-health.js';
import { Tokens } from '../support/tokens.js';
import { type FleetReplica, InProcess, OwnProcess } from './fleet-replica.js';

export const WEBHOOK_KEY = 'known-to-all';

export interface FleetOptions {
  /** The Redis URL of each replica. */
  readonly redisUrls: readonly string[];
  /** The program for replicas in separate processes. Without it they run in this process. */
  readonly main?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
}

export interface Answer {
  readonly status: number;
  /** `Cache-Status`. */
  readonly from: string;
  readonly body: unknown;
}

/** Replicas of the gateway in front of one sandbox and one Redis. */
export class Fleet {
  readonly #pools = new Map<string, Pool>();

  private constructor(
    readonly sandbox: Sandbox,
    readonly tokens: Tokens,
    readonly replicas: readonly FleetReplica[],
    /** The prefix of all its keys in Redis. */
    readonly prefix: string,
    private readonly token: string,
  ) {}

  static async start({ redisUrls, main, env = {} }: FleetOptions): Promise<Fleet> {
    const sandbox = await startSandbox();
    const tokens = new Tokens(sandbox);
    const { gateway } = sandbox.demo.clients;
    const prefix = `truth:${randomUUID()}`;
    const common = {
      LOGTO_ENDPOINT: sandbox.url,
      LOGTO_CLIENT_ID: gateway.id,
      LOGTO_CLIENT_SECRET: gateway.secret,
      LOGTO_WEBHOOK_SIGNING_KEY: WEBHOOK_KEY,
      AUTH_AUDIENCE: sandbox.audience,
      LOG_LEVEL: 'error',
      REDIS_PREFIX: prefix,
      // The one caller must not hit the rate limit.
      RATE_LIMIT: '1000000/10s',
      // Replicas that were stopped, or share this process, have a late event loop.
      OVERLOAD_DELAY_MS: '0',
      ...env,
    };
    const replicas = redisUrls.map((url) => {
      const own = { ...common, REDIS_URL: url };
      return main ? new OwnProcess(main, own) : new InProcess(own, tokens);
    });
    const fleet = new Fleet(sandbox, tokens, replicas, prefix, await tokens.service());
    try {
      await Promise.all(replicas.map((replica) => replica.start()));
      await fleet.untilConnected();
      return fleet;
    } catch (error) {
      await fleet.close();
      throw error;
    }
  }

  /** Waits until every running replica is connected to Redis. */
  async untilConnected(): Promise<void> {
    await until(
      'the replicas to be connected to Redis',
      async () => {
        const running = this.replicas.flatMap(({ url }) => url ?? []);
        return (await Promise.all(running.map((url) => isConnected(url).catch(() => false)))).every(Boolean);
      },
      30_000,
    );
  }

  /** Undefined when the replica is down, or goes down meanwhile. */
  async call(
    replica: number,
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer | undefined> {
    const url = this.replicas[replica]?.url;
    if (!url) return undefined;
    const pool = this.#pools.get(url) ?? new Pool(url, { connections: 64 });
    this.#pools.set(url, pool);
    try {
      const answer = await pool.request({
        method,
        path,
        headers: {
          authorization: `Bearer ${this.token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      });
      const text = await answer.body.text();
      return {
        status: answer.statusCode,
        from: String(answer.headers['cache-status']),
        body: text ? (JSON.parse(text) as unknown) : undefined,
      };
    } catch {
      return undefined;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.kill()));
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
    await this.sandbox.close();
  }
}
