// Longer than other files: one entry per variable. The README and .env.example are generated from it.
import { duration, lifetime } from './kinds/durations.js';
import { bytes, integer, milliseconds, port } from './kinds/numbers.js';
import { origins } from './kinds/origins.js';
import { rate } from './kinds/rates.js';
import { trustProxy } from './kinds/trust-proxy.js';
import { baseUrl, exactUrl, logtoEndpoint, redisUrl, resourceIndicator } from './kinds/urls.js';
import { flag, host, oneOf, word } from './kinds/words.js';
import { sandboxIdentity } from './sandbox-identity.js';
import type { Settings } from './setting.js';

/** Every variable the gateway reads, in the order of the README. The four that a real Logto needs come first. */
export const settings = {
  LOGTO_ENDPOINT: {
    kind: logtoEndpoint,
    default: undefined,
    unset: 'the built-in sandbox',
    description:
      'URL of your Logto. If it is unset, the gateway starts its built-in sandbox instead; with `NODE_ENV=production` the sandbox starts only if `LOGTO_ENDPOINT=sandbox` is set.',
    example: 'https://logto.example.com',
  },
  LOGTO_CLIENT_ID: {
    kind: word,
    default: undefined,
    unset: 'required with `LOGTO_ENDPOINT`',
    description: "The gateway's machine-to-machine application at Logto; it needs access to the Management API.",
    example: 'your-m2m-application-id',
  },
  LOGTO_CLIENT_SECRET: {
    kind: word,
    default: undefined,
    unset: 'required with `LOGTO_ENDPOINT`',
    description: 'The secret of that application.',
    secret: true,
    example: 'your-m2m-application-secret',
  },
  AUTH_AUDIENCE: {
    kind: resourceIndicator,
    default: undefined,
    unset: `required with \`LOGTO_ENDPOINT\`; \`${sandboxIdentity.audience}\` on the sandbox`,
    description: "The gateway's own API resource: the audience that callers' tokens must have.",
    example: 'https://gateway.example.com',
  },
  LOGTO_RESOURCE: {
    kind: resourceIndicator,
    default: 'https://default.logto.app/api',
    description: "The audience of Logto's Management API. Logto Cloud: `https://{tenant}.logto.app/api`.",
  },
  AUTH_ISSUER: {
    kind: exactUrl,
    default: undefined,
    unset: '`LOGTO_ENDPOINT` + `/oidc`',
    description: "The issuer of callers' tokens, exactly as in their `iss` claim.",
    example: 'https://logto.example.com/oidc',
  },
  AUTH_JWKS_URL: {
    kind: exactUrl,
    default: undefined,
    unset: 'the issuer + `/jwks`',
    description: "The URL of the issuer's public keys.",
    example: 'https://logto.example.com/oidc/jwks',
  },
  LOGTO_WEBHOOK_SIGNING_KEY: {
    kind: word,
    default: undefined,
    unset: 'no webhook route',
    description:
      'Signing key of a Logto webhook that posts to `/webhooks/logto`. With it, changes made directly at Logto are visible at once.',
    secret: true,
    example: 'the-signing-key-of-the-webhook',
  },
  EVENTS_WEBHOOK_URL: {
    kind: exactUrl,
    default: undefined,
    unset: 'no events',
    description:
      "Where `Organization.MemberRoles.Updated` is posted after the gateway has changed members' roles. Logto itself sends no event for that.",
    example: 'https://app.example.com/events',
  },
  EVENTS_WEBHOOK_SIGNING_KEY: {
    kind: word,
    default: undefined,
    unset: 'required with `EVENTS_WEBHOOK_URL`',
    description:
      'The key for signing these events. The signature is in `logto-signature-sha-256`, as in Logto webhooks.',
    secret: true,
    example: 'a-long-random-text',
  },
  AUTH_LIVE_CHECK: {
    kind: flag,
    default: 'on',
    description:
      "Whether a write with an organization token is also checked against the caller's current roles at Logto, so that a revoked role stops working before the token expires.",
  },
  PORT: { kind: port, default: '3000', description: 'The port to listen on; 0 takes any free port.' },
  HOST: {
    kind: host,
    default: '127.0.0.1',
    description: 'The address to listen on. The container image sets `0.0.0.0`.',
  },
  PUBLIC_URL: {
    kind: baseUrl,
    default: undefined,
    unset: 'the address it listens on',
    description: 'The URL under which callers reach the gateway; `Link` and `Location` headers use it.',
    example: 'https://gateway.example.com',
  },
  TRUST_PROXY: {
    kind: trustProxy,
    default: 'off',
    description:
      "Which proxies in front are trusted to name the client's address: their number, or comma-separated addresses, CIDR ranges and `loopback`.",
  },
  CORS_ORIGINS: {
    kind: origins,
    default: undefined,
    unset: 'none',
    description: 'The exact origins whose web pages may call the gateway, comma-separated.',
    example: 'https://app.example.com,https://admin.example.com',
  },
  LOG_LEVEL: {
    kind: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    description: 'The minimum log level: `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.',
  },
  LOG_READS_EVERY: {
    kind: integer(1, 1_000_000),
    default: '1',
    description:
      'Logs only one in this many successful reads, to reduce log volume. Writes and failures are always logged.',
  },
  NODE_ENV: {
    kind: word,
    default: 'development',
    description:
      'With `production`, the sandbox does not start unless it is asked for explicitly. The container image sets it.',
  },
  UPSTREAM_TIMEOUT_MS: {
    kind: milliseconds(1, 600_000),
    default: '5000',
    description: 'Timeout of one attempt to call Logto, in milliseconds.',
  },
  UPSTREAM_DEADLINE_MS: {
    kind: milliseconds(1, 600_000),
    default: '8000',
    description:
      'How long one request may wait for Logto in total, with all calls, attempts and waits, in milliseconds. Transient failures (a lost connection, 429, 502, 503, 504) are retried within it.',
  },
  UPSTREAM_AGGREGATE_DEADLINE_MS: {
    kind: milliseconds(1, 600_000),
    default: '15000',
    description: 'The same for overviews and the permission matrix, which read many pages.',
  },
  UPSTREAM_CONNECTIONS: {
    kind: integer(1, 1024),
    default: '32',
    description: 'The maximum number of concurrent calls to Logto; each uses its own connection.',
  },
  UPSTREAM_QUEUE: {
    kind: integer(1, 100_000),
    default: '1000',
    description: 'How many calls to Logto may wait in the queue; beyond that, requests get 503 `upstream.busy`.',
  },
  UPSTREAM_BREAKER_CALLS: {
    kind: integer(0, 10_000),
    default: '20',
    description:
      'The circuit breaker opens when more than four fifths of this many recent calls to Logto failed. Calls then fail at once for `UPSTREAM_BREAKER_OPEN_MS`. 0 disables it.',
  },
  UPSTREAM_BREAKER_OPEN_MS: {
    kind: milliseconds(1, 600_000),
    default: '2000',
    description: 'How long the circuit breaker stays open before one call tests Logto again, in milliseconds.',
  },
  UPSTREAM_BUDGET: {
    // A smaller count cannot be divided among the lanes.
    kind: rate(20),
    default: 'off',
    description:
      'How many calls all replicas together may make to Logto, such as `200/10s`. Set it below your quota, if you have one (at Logto Cloud it covers the whole tenant, including sign-ins). Replicas share the budget through `REDIS_URL`.',
    example: '200/10s',
  },
  UPSTREAM_FANOUT: {
    kind: integer(1, 64),
    default: '8',
    description: 'The maximum number of concurrent calls to Logto for one request.',
  },
  UPSTREAM_MAX_BYTES: {
    kind: bytes(1024, 1024 ** 3),
    default: String(32 * 1024 ** 2),
    description: 'The largest response accepted from Logto, in bytes. The default is 32 MiB.',
  },
  OVERVIEW_MAX_MEMBERS: {
    kind: integer(1, 1_000_000),
    default: '10000',
    description: 'The overview of an organization with more members is truncated and links to the export.',
  },
  CACHE_MAX_BYTES: {
    kind: bytes(0, 64 * 1024 ** 3),
    default: String(64 * 1024 ** 2),
    description: 'The maximum memory for cached responses, in bytes. The default is 64 MiB; 0 disables the cache.',
  },
  EDGE: {
    kind: flag,
    default: 'on',
    description:
      'Whether requests bypass the web framework: reads get complete cached responses while they are valid, and otherwise the controller is called directly. With `off` every response is the same, only slower.',
  },
  CACHE_ORGANIZATION: {
    kind: lifetime,
    default: '30s/5m',
    description:
      'How long an organization is served from the cache: fresh, and then stale while it is revalidated or while Logto fails. A write through any replica invalidates it at once.',
  },
  CACHE_LISTS: { kind: lifetime, default: '10s/1m', description: 'The same for lists of organizations.' },
  CACHE_MEMBERS: {
    kind: lifetime,
    default: '15s/2m',
    description: 'The same for pages of members, single members and their roles.',
  },
  CACHE_ROLES: { kind: lifetime, default: '60s/10m', description: 'The same for the catalogue of roles and scopes.' },
  CACHE_PERMISSIONS: {
    kind: duration,
    default: '5s',
    description: 'The same for the roles that a write is checked against; they are never served stale.',
  },
  CACHE_MISSING: {
    kind: duration,
    default: '5s',
    description: "How long Logto's 404 is cached at most; it is never served stale.",
  },
  REDIS_URL: {
    kind: redisUrl,
    default: undefined,
    unset: 'none',
    description:
      'The Redis or Valkey that replicas share. `redis://[user:password@]host[:port][/db]`, or `rediss://` over TLS; `redis+cluster://host,host` for a cluster, `redis+sentinel://host,host/master` behind sentinels.',
    secret: true,
    example: 'redis://127.0.0.1:6379',
  },
  REDIS_PREFIX: {
    kind: word,
    default: undefined,
    unset: "derived from Logto's address",
    description:
      'Prefix of every key in Redis. All replicas must use the same one: set it if they reach Logto under different addresses.',
    example: 'org-gateway:production',
  },
  REDIS_TIMEOUT_MS: {
    kind: milliseconds(1, 10_000),
    default: '50',
    description:
      'How long a read waits for Redis before it continues without it, in milliseconds. A write, which other replicas must learn of, waits one second.',
  },
  COHERENCE_MS: {
    kind: milliseconds(0, 1000),
    default: '10',
    description:
      'How long a check for writes of other replicas stays valid, in milliseconds. A write is answered this much (and a tenth) after it was announced to all replicas, so that no later read misses it. With 0 every batch of reads checks. Must be the same at all replicas.',
  },
  WRITES_WITHOUT_REDIS: {
    kind: oneOf('allow', 'refuse'),
    default: 'allow',
    description:
      'What happens to a plain write while Redis does not answer: with `allow` it is carried out, and other replicas learn of it when Redis is back; with `refuse` it fails with 503 `shared_state.unavailable` and nothing is sent. Keyed POSTs and conditional writes always fail.',
  },
  RATE_LIMIT: {
    kind: rate(1),
    default: '10000/10s',
    description:
      'How many requests one caller may send per time window, across all replicas that share a Redis, or `off`. A caller is a client with its user and organization, not an address.',
  },
  AUTH_FAILURE_LIMIT: {
    kind: rate(1),
    default: '1000/10s',
    description:
      'How many invalid tokens one address may send per time window before its unknown tokens are refused without verification, or `off`. Behind a proxy, set `TRUST_PROXY` too, or all callers share one address.',
  },
  OVERLOAD_DELAY_MS: {
    kind: milliseconds(0, 60_000),
    default: '500',
    description:
      'The event loop lag, in milliseconds, above which requests are refused with 503 until it has recovered; 0 disables this.',
  },
  READY_REQUIRES: {
    kind: oneOf('logto', 'logto-once', 'nothing'),
    default: 'logto',
    description:
      'What `/health/ready` requires: `logto`: Logto works now; `logto-once`: Logto has worked once since the start, so that a misconfigured replica gets no traffic and an outage of Logto removes none; or `nothing`.',
  },
  SHUTDOWN_DELAY_MS: {
    kind: milliseconds(0, 600_000),
    default: '0',
    description:
      'How long new requests are still accepted after SIGTERM, in milliseconds, while `/health/ready` already fails: the time a load balancer needs to notice. 5000 suits Kubernetes.',
  },
  SHUTDOWN_GRACE_MS: {
    kind: milliseconds(0, 600_000),
    default: '10000',
    description: 'How long requests in flight may then take to finish, in milliseconds.',
  },
  SANDBOX_PORT: {
    kind: port,
    default: '3901',
    description: 'The port of the sandbox; 0 takes any free port.',
  },
  SANDBOX_LATENCY_MS: {
    kind: milliseconds(0, 60_000),
    default: '0',
    description: 'How long the sandbox waits before each response, in milliseconds.',
  },
} as const satisfies Settings;
