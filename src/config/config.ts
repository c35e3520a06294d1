import type { Rate } from './rate.js';

/** What pino calls its levels, and `silent`. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** The environment, read once at start-up, validated and frozen. The settings table (settings.ts) describes each variable. */
export interface Config {
  /** PORT. 0 takes any free port. */
  readonly port: number;
  /** HOST: the address to listen on; loopback unless said otherwise, 0.0.0.0 in the image. */
  readonly host: string;
  /** PUBLIC_URL without trailing slash: where links point. Undefined means the address the gateway listens on. */
  readonly publicUrl: string | undefined;
  /** NODE_ENV=production. */
  readonly production: boolean;
  /** LOG_LEVEL. */
  readonly logLevel: LogLevel;
  /** LOG_READS_EVERY: one log line for so many successful reads. */
  readonly logReadsEvery: number;
  /** TRUST_PROXY, as Express takes its `trust proxy` setting. */
  readonly trustProxy: boolean | number | string | string[];
  /** CORS_ORIGINS: the exact origins whose pages may read answers. */
  readonly corsOrigins: readonly string[];
  /** EDGE: whether reads are answered in front of the framework. */
  readonly edge: boolean;
  readonly upstream: UpstreamConfig;
  readonly auth: AuthConfig;
  readonly webhooks: {
    /** LOGTO_WEBHOOK_SIGNING_KEY. Undefined: the route does not exist. */
    readonly signingKey: string | undefined;
  };
  /** Where role changes are told. Undefined: nowhere. */
  readonly events:
    | {
        /** EVENTS_WEBHOOK_URL. */
        readonly url: string;
        /** EVENTS_WEBHOOK_SIGNING_KEY. */
        readonly signingKey: string;
      }
    | undefined;
  readonly overview: {
    /** OVERVIEW_MAX_MEMBERS: an organization with more is answered truncated, with a link to the export. */
    readonly maxMembers: number;
  };
  readonly cache: CacheConfig;
  /** What replicas share. */
  readonly redis: {
    /** REDIS_URL. Undefined: every replica for itself. */
    readonly url: string | undefined;
    /** REDIS_PREFIX of every key. Undefined: made of Logto's address. */
    readonly prefix: string | undefined;
    /** REDIS_TIMEOUT_MS: how long a read waits for Redis. */
    readonly timeoutMs: number;
    /** COHERENCE_MS: how long a look at the write log counts. */
    readonly coherenceMs: number;
    /** WRITES_WITHOUT_REDIS=refuse: what other replicas cannot be told of is not written. */
    readonly refusesAlone: boolean;
  };
  readonly limits: {
    /** RATE_LIMIT: how much one caller may ask. Undefined: no limit. */
    readonly callers: Rate | undefined;
    /** AUTH_FAILURE_LIMIT: how many bad tokens one address may send. Undefined: no limit. */
    readonly strangers: Rate | undefined;
  };
  /** OVERLOAD_DELAY_MS: with the event loop later than this, requests are refused. 0: never. */
  readonly overloadDelayMs: number;
  /** READY_REQUIRES: what /health/ready hangs on, beside not being told to stop. */
  readonly readyRequires: 'logto' | 'logto-once' | 'nothing';
  /** SHUTDOWN_DELAY_MS: how long requests are still taken once the process is told to stop. */
  readonly shutdownDelayMs: number;
  /** SHUTDOWN_GRACE_MS: how long requests under way may take to finish after that. */
  readonly shutdownGraceMs: number;
  readonly sandbox: {
    /** SANDBOX_PORT: where the sandbox listens beside the gateway. 0 takes any free port. */
    readonly port: number;
    /** SANDBOX_LATENCY_MS: how long the sandbox waits before each answer. */
    readonly latencyMs: number;
  };
  /** Sentences for the start-up log: settings that look misspelt or have no effect. */
  readonly warnings: readonly string[];
}

export interface UpstreamConfig {
  /** LOGTO_ENDPOINT is unset or `sandbox`: the built-in Logto look-alike stands in. */
  readonly sandbox: boolean;
  /** LOGTO_ENDPOINT without trailing slash; undefined in sandbox mode, where the address is known only once the sandbox listens. */
  readonly endpoint: string | undefined;
  /** LOGTO_CLIENT_ID: the gateway's own machine-to-machine application at Logto. */
  readonly clientId: string;
  /** LOGTO_CLIENT_SECRET. */
  readonly clientSecret: string;
  /** LOGTO_RESOURCE: the audience of Logto's Management API. */
  readonly resource: string;
  /** UPSTREAM_TIMEOUT_MS: how long one attempt may take. */
  readonly timeoutMs: number;
  /** UPSTREAM_DEADLINE_MS: how long a request may wait for Logto with everything it asks. */
  readonly deadlineMs: number;
  /** UPSTREAM_AGGREGATE_DEADLINE_MS: the same for aggregates. */
  readonly aggregateDeadlineMs: number;
  /** UPSTREAM_CONNECTIONS: calls under way at once. */
  readonly connections: number;
  /** UPSTREAM_QUEUE: calls that may wait for their turn. */
  readonly queue: number;
  /** UPSTREAM_BREAKER_CALLS: latest calls by which the circuit is judged; 0 means none. */
  readonly breakerCalls: number;
  /** UPSTREAM_BREAKER_OPEN_MS: how long an open circuit lets nobody through. */
  readonly breakerOpenMs: number;
  /** UPSTREAM_BUDGET: calls of all replicas together; undefined means as many as it takes. */
  readonly budget: Rate | undefined;
  /** UPSTREAM_FANOUT: calls one request may have under way at once. */
  readonly fanout: number;
  /** UPSTREAM_MAX_BYTES: the largest answer that is believed. */
  readonly maxBytes: number;
}

/** How long an answer may be used, in milliseconds. */
export interface LifetimeConfig {
  /** Without asking Logto again. */
  readonly freshMs: number;
  /** And after that, while Logto is asked again or cannot be. */
  readonly staleMs: number;
}

export interface CacheConfig {
  /** CACHE_MAX_BYTES of process memory; 0 means no cache. */
  readonly maxBytes: number;
  /** Of these, what answers may take that are kept ready in front of everything else; 0 with EDGE=off. */
  readonly edgeBytes: number;
  /** CACHE_ORGANIZATION, CACHE_LISTS, CACHE_MEMBERS, CACHE_ROLES, CACHE_PERMISSIONS. */
  readonly lifetimes: {
    readonly organization: LifetimeConfig;
    readonly lists: LifetimeConfig;
    readonly members: LifetimeConfig;
    readonly roles: LifetimeConfig;
    /** Never stale. */
    readonly permissions: LifetimeConfig;
  };
  /** CACHE_MISSING: how long "no such thing" is believed. */
  readonly missingMs: number;
}

export interface AuthConfig {
  /** AUTH_ISSUER, byte for byte, because it is compared with `iss`. Undefined means {endpoint}/oidc. */
  readonly issuer: string | undefined;
  /** AUTH_AUDIENCE: the gateway's own API resource. */
  readonly audience: string;
  /** AUTH_JWKS_URL. Undefined means {issuer}/jwks. */
  readonly jwksUrl: string | undefined;
  /** AUTH_LIVE_CHECK: a write with an organization token is checked again against the current roles. */
  readonly liveCheck: boolean;
}
