import type { Rate } from './kinds/rates.js';

/** pino's log levels, and `silent`. */
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** The configuration: read from the environment once at start-up, validated and frozen. settings.ts describes each variable. */
export interface Config {
  /** PORT. 0 takes any free port. */
  readonly port: number;
  /** HOST: the address to listen on. The default is loopback; the container image sets 0.0.0.0. */
  readonly host: string;
  /** PUBLIC_URL without trailing slash: the base of links. Undefined means the address the gateway listens on. */
  readonly publicUrl: string | undefined;
  /** NODE_ENV=production. */
  readonly production: boolean;
  /** LOG_LEVEL. */
  readonly logLevel: LogLevel;
  /** LOG_READS_EVERY: one log line is written for this many successful reads. */
  readonly logReadsEvery: number;
  /** TRUST_PROXY, in the form of Express's `trust proxy` setting. */
  readonly trustProxy: false | number | string[];
  /** CORS_ORIGINS: the exact origins whose pages may read responses. */
  readonly corsOrigins: readonly string[];
  /** EDGE: whether requests bypass the framework, by remembered answers and dispatch. */
  readonly shortcuts: boolean;
  readonly upstream: UpstreamConfig;
  readonly auth: AuthConfig;
  readonly webhooks: {
    /** LOGTO_WEBHOOK_SIGNING_KEY. Undefined: the route does not exist. */
    readonly signingKey: string | undefined;
  };
  /** The receiver of role change events. Undefined: no events are sent. */
  readonly events:
    | {
        /** EVENTS_WEBHOOK_URL. */
        readonly url: string;
        /** EVENTS_WEBHOOK_SIGNING_KEY. */
        readonly signingKey: string;
      }
    | undefined;
  readonly overview: {
    /** OVERVIEW_MAX_MEMBERS: the overview of a larger organization is truncated and links to the export. */
    readonly maxMembers: number;
  };
  readonly cache: CacheConfig;
  /** The Redis that replicas share. */
  readonly redis: {
    /** REDIS_URL. Undefined: replicas share nothing. */
    readonly url: string | undefined;
    /** REDIS_PREFIX of every key. Undefined: derived from Logto's address. */
    readonly prefix: string | undefined;
    /** REDIS_TIMEOUT_MS: how long a read waits for Redis. */
    readonly timeoutMs: number;
    /** COHERENCE_MS: how long the last check of the write log stays valid. */
    readonly coherenceMs: number;
    /** WRITES_WITHOUT_REDIS=refuse: writes are refused while other replicas cannot learn of them. */
    readonly refuseWritesWhenDown: boolean;
  };
  readonly limits: {
    /** RATE_LIMIT: requests per caller. Undefined: no limit. */
    readonly callers: Rate | undefined;
    /** AUTH_FAILURE_LIMIT: failed authentications per client address. Undefined: no limit. */
    readonly authFailures: Rate | undefined;
  };
  /** OVERLOAD_DELAY_MS: requests are refused while the event loop lags by more than this. 0: never. */
  readonly overloadDelayMs: number;
  /** READY_REQUIRES: what /health/ready depends on, besides the process not shutting down. */
  readonly readyRequires: 'logto' | 'logto-once' | 'nothing';
  /** SHUTDOWN_DELAY_MS: how long new requests are still accepted after the stop signal. */
  readonly shutdownDelayMs: number;
  /** SHUTDOWN_GRACE_MS: how long requests in flight may take to finish after that. */
  readonly shutdownGraceMs: number;
  readonly sandbox: {
    /** SANDBOX_PORT: where the sandbox listens beside the gateway. 0 takes any free port. */
    readonly port: number;
    /** SANDBOX_LATENCY_MS: how long the sandbox waits before each response. */
    readonly latencyMs: number;
  };
  /** Lines for the start-up log about settings that look misspelt or have no effect. */
  readonly warnings: readonly string[];
}

export interface UpstreamConfig {
  /** Whether the built-in sandbox stands in for Logto: LOGTO_ENDPOINT is unset or `sandbox`. */
  readonly sandbox: boolean;
  /** LOGTO_ENDPOINT without trailing slash; undefined in sandbox mode, where the address is known only once the sandbox listens. */
  readonly endpoint: string | undefined;
  /** LOGTO_CLIENT_ID: the gateway's own machine-to-machine application at Logto. */
  readonly clientId: string;
  /** LOGTO_CLIENT_SECRET. */
  readonly clientSecret: string;
  /** LOGTO_RESOURCE: the audience of Logto's Management API. */
  readonly resource: string;
  /** UPSTREAM_TIMEOUT_MS: the timeout of one attempt. */
  readonly timeoutMs: number;
  /** UPSTREAM_DEADLINE_MS: how long one request may wait for all its calls to Logto together. */
  readonly deadlineMs: number;
  /** UPSTREAM_AGGREGATE_DEADLINE_MS: the same for aggregates. */
  readonly aggregateDeadlineMs: number;
  /** UPSTREAM_CONNECTIONS: concurrent calls to Logto. */
  readonly connections: number;
  /** UPSTREAM_QUEUE: calls that may wait in the queue. */
  readonly queue: number;
  /** UPSTREAM_BREAKER_CALLS: the number of recent calls the circuit breaker counts; 0 means no circuit breaker. */
  readonly breakerCalls: number;
  /** UPSTREAM_BREAKER_OPEN_MS: how long the circuit stays open. */
  readonly breakerOpenMs: number;
  /** UPSTREAM_BUDGET: calls to Logto of all replicas together. Undefined: no limit. */
  readonly budget: Rate | undefined;
  /** UPSTREAM_FANOUT: concurrent calls to Logto of one request. */
  readonly fanout: number;
  /** UPSTREAM_MAX_BYTES: the largest response that is accepted from Logto. */
  readonly maxBytes: number;
}

/** How long a cached response may be used, in milliseconds. */
export interface LifetimeConfig {
  /** Without asking Logto again. */
  readonly freshMs: number;
  /** After that, while it is revalidated or while Logto fails. */
  readonly staleMs: number;
}

export interface CacheConfig {
  /** CACHE_MAX_BYTES of process memory; 0 means no cache. */
  readonly maxBytes: number;
  /** The part of it for remembered answers; 0 with EDGE=off. */
  readonly responseCacheBytes: number;
  /** CACHE_ORGANIZATION, CACHE_LISTS, CACHE_MEMBERS, CACHE_ROLES, CACHE_PERMISSIONS. */
  readonly lifetimes: {
    readonly organization: LifetimeConfig;
    readonly lists: LifetimeConfig;
    readonly members: LifetimeConfig;
    readonly roles: LifetimeConfig;
    /** Never stale. */
    readonly permissions: LifetimeConfig;
  };
  /** CACHE_MISSING: how long a 404 of Logto is cached. */
  readonly missingMs: number;
}

export interface AuthConfig {
  /** AUTH_ISSUER. It is kept byte for byte because it is compared with `iss`. Undefined means {endpoint}/oidc. */
  readonly issuer: string | undefined;
  /** AUTH_AUDIENCE: the gateway's own API resource. */
  readonly audience: string;
  /** AUTH_JWKS_URL. Undefined means {issuer}/jwks. */
  readonly jwksUrl: string | undefined;
  /** AUTH_LIVE_CHECK: a write with an organization token is also checked against the caller's current roles. */
  readonly liveCheck: boolean;
}
