// One row for each variable: long because there are many, and the README and .env.example are made of it.
import { duration, lifetime } from './kinds/durations.js';
import { bytes, integer, milliseconds, port } from './kinds/numbers.js';
import { origins } from './kinds/origins.js';
import { rate } from './kinds/rates.js';
import { trustProxy } from './kinds/trust-proxy.js';
import { baseUrl, exactUrl, logtoEndpoint, redisUrl, resourceIndicator } from './kinds/urls.js';
import { flag, host, oneOf, word } from './kinds/words.js';
import { sandboxIdentity } from './sandbox-identity.js';
import type { Settings } from './setting.js';

/** Every variable the gateway reads, in the order the README shows them. The four a real Logto needs come first. */
export const settings = {
  LOGTO_ENDPOINT: {
    kind: logtoEndpoint,
    default: undefined,
    unset: 'the built-in sandbox',
    meaning:
      'Address of your Logto. Unset starts the built-in sandbox instead, which `NODE_ENV=production` refuses unless `LOGTO_ENDPOINT=sandbox` asks for it by name.',
    example: 'https://logto.example.com',
  },
  LOGTO_CLIENT_ID: {
    kind: word,
    default: undefined,
    unset: 'required with `LOGTO_ENDPOINT`',
    meaning: "The gateway's own machine-to-machine application at Logto; it needs access to the Management API.",
    example: 'your-m2m-application-id',
  },
  LOGTO_CLIENT_SECRET: {
    kind: word,
    default: undefined,
    unset: 'required with `LOGTO_ENDPOINT`',
    meaning: 'The secret of that application.',
    secret: true,
    example: 'your-m2m-application-secret',
  },
  AUTH_AUDIENCE: {
    kind: resourceIndicator,
    default: undefined,
    unset: `required with \`LOGTO_ENDPOINT\`; \`${sandboxIdentity.audience}\` on the sandbox`,
    meaning: "The gateway's own API resource: the audience its callers' tokens must carry.",
    example: 'https://gateway.example.com',
  },
  LOGTO_RESOURCE: {
    kind: resourceIndicator,
    default: 'https://default.logto.app/api',
    meaning: "The audience of Logto's Management API. Logto Cloud: `https://{tenant}.logto.app/api`.",
  },
  AUTH_ISSUER: {
    kind: exactUrl,
    default: undefined,
    unset: '`LOGTO_ENDPOINT` + `/oidc`',
    meaning: "The issuer of callers' tokens, exactly as their `iss` says it.",
    example: 'https://logto.example.com/oidc',
  },
  AUTH_JWKS_URL: {
    kind: exactUrl,
    default: undefined,
    unset: 'the issuer + `/jwks`',
    meaning: "Where the issuer's public keys are.",
    example: 'https://logto.example.com/oidc/jwks',
  },
  LOGTO_WEBHOOK_SIGNING_KEY: {
    kind: word,
    default: undefined,
    unset: 'no webhook route',
    meaning:
      "Signing key of a webhook at Logto that posts to `/webhooks/logto`: what changes behind the gateway's back is then seen at once.",
    secret: true,
    example: 'the-signing-key-of-the-webhook',
  },
  EVENTS_WEBHOOK_URL: {
    kind: exactUrl,
    default: undefined,
    unset: 'no events',
    meaning:
      'Where `Organization.MemberRoles.Updated` is posted when the gateway has changed roles of members, which Logto tells nobody.',
    example: 'https://app.example.com/events',
  },
  EVENTS_WEBHOOK_SIGNING_KEY: {
    kind: word,
    default: undefined,
    unset: 'required with `EVENTS_WEBHOOK_URL`',
    meaning: 'The key these events are signed with, in `logto-signature-sha-256` as Logto signs its own.',
    secret: true,
    example: 'a-long-random-text',
  },
  AUTH_LIVE_CHECK: {
    kind: flag,
    default: 'on',
    meaning:
      "Whether a write with an organization token is checked against the caller's current roles at Logto, so that a role taken away stops working before the token expires.",
  },
  PORT: { kind: port, default: '3000', meaning: 'The port to listen on; 0 takes any free one.' },
  HOST: {
    kind: host,
    default: '127.0.0.1',
    meaning: 'The address to listen on. The container image sets `0.0.0.0`.',
  },
  PUBLIC_URL: {
    kind: baseUrl,
    default: undefined,
    unset: 'the address it listens on',
    meaning: 'The address callers know the gateway by; `Link` and `Location` point there.',
    example: 'https://gateway.example.com',
  },
  TRUST_PROXY: {
    kind: trustProxy,
    default: 'off',
    meaning:
      "Which proxies in front are believed about the caller's address: a number of them, or addresses, CIDR ranges and `loopback`, comma separated.",
  },
  CORS_ORIGINS: {
    kind: origins,
    default: undefined,
    unset: 'none',
    meaning: 'The exact origins whose web pages may call the gateway, comma separated.',
    example: 'https://app.example.com,https://admin.example.com',
  },
  LOG_LEVEL: {
    kind: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    meaning: 'The least serious log line written: `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.',
  },
  LOG_READS_EVERY: {
    kind: integer(1, 1_000_000),
    default: '1',
    meaning:
      'One log line for so many successful reads, where a line for each is too much; writes and failures always leave theirs.',
  },
  NODE_ENV: {
    kind: word,
    default: 'development',
    meaning: '`production` refuses to start the sandbox unasked. The container image sets it.',
  },
  UPSTREAM_TIMEOUT_MS: {
    kind: milliseconds(1, 600_000),
    default: '5000',
    meaning: 'How long one attempt at Logto may take, in milliseconds.',
  },
  UPSTREAM_DEADLINE_MS: {
    kind: milliseconds(1, 600_000),
    default: '8000',
    meaning:
      'How long a request may wait for Logto with everything it asks, all attempts and all waiting, in milliseconds. What passes (a lost connection, 429, 502, 503, 504) is tried again inside it.',
  },
  UPSTREAM_AGGREGATE_DEADLINE_MS: {
    kind: milliseconds(1, 600_000),
    default: '15000',
    meaning: 'The same for overviews and the permission matrix, which read many pages, in milliseconds.',
  },
  UPSTREAM_CONNECTIONS: {
    kind: integer(1, 1024),
    default: '32',
    meaning: 'How many calls to Logto may be under way at once, each on a connection of its own.',
  },
  UPSTREAM_QUEUE: {
    kind: integer(1, 100_000),
    default: '1000',
    meaning: 'How many calls to Logto may wait for their turn; what comes on top is 503 `upstream.busy`.',
  },
  UPSTREAM_BREAKER_CALLS: {
    kind: integer(0, 10_000),
    default: '20',
    meaning:
      'When more than four fifths of so many latest calls to Logto failed, it is left alone for `UPSTREAM_BREAKER_OPEN_MS`, and callers are told at once; 0 asks it whatever happens.',
  },
  UPSTREAM_BREAKER_OPEN_MS: {
    kind: milliseconds(1, 600_000),
    default: '2000',
    meaning: 'How long Logto is left alone before one call tries it again, in milliseconds.',
  },
  UPSTREAM_BUDGET: {
    // Fewer cannot be divided among the lanes.
    kind: rate(20),
    default: 'off',
    meaning:
      "What Logto may be asked by all replicas together, such as `200/10s`; set it below your quota where there is one (Logto Cloud's is for the whole tenant, sign-ins included). Replicas share it through `REDIS_URL`.",
    example: '200/10s',
  },
  UPSTREAM_FANOUT: {
    kind: integer(1, 64),
    default: '8',
    meaning: 'How many calls to Logto one request may have under way at once.',
  },
  UPSTREAM_MAX_BYTES: {
    kind: bytes(1024, 1024 ** 3),
    default: String(32 * 1024 ** 2),
    meaning: 'The largest answer of Logto that is believed, in bytes; 32 MiB unless set.',
  },
  OVERVIEW_MAX_MEMBERS: {
    kind: integer(1, 1_000_000),
    default: '10000',
    meaning: 'An organization with more members is answered truncated, with a link to the export.',
  },
  CACHE_MAX_BYTES: {
    kind: bytes(0, 64 * 1024 ** 3),
    default: String(64 * 1024 ** 2),
    meaning: 'How much memory remembered answers may take, in bytes; 64 MiB unless set, and 0 means no cache.',
  },
  EDGE: {
    kind: flag,
    default: 'on',
    meaning:
      'Whether reads are answered in front of the web framework: again, while all an answer hangs on is remembered and true, or by their controller at once. Off, every answer is the same, only slower.',
  },
  CACHE_ORGANIZATION: {
    kind: lifetime,
    default: '30s/5m',
    meaning:
      'How long an organization is answered from memory: fresh, and then stale while Logto is asked again or cannot be. A write through any replica ends both at once.',
  },
  CACHE_LISTS: { kind: lifetime, default: '10s/1m', meaning: 'The same for lists of organizations.' },
  CACHE_MEMBERS: {
    kind: lifetime,
    default: '15s/2m',
    meaning: 'The same for pages of members, single members and their roles.',
  },
  CACHE_ROLES: { kind: lifetime, default: '60s/10m', meaning: 'The same for the catalogue of roles and scopes.' },
  CACHE_PERMISSIONS: {
    kind: duration,
    default: '5s',
    meaning: 'The same for the roles that permit a write; never stale.',
  },
  CACHE_MISSING: {
    kind: duration,
    default: '5s',
    meaning: 'How long "there is no such thing" is answered from memory at most; never stale.',
  },
  REDIS_URL: {
    kind: redisUrl,
    default: undefined,
    unset: 'none',
    meaning:
      'The Redis or Valkey that replicas share. `redis://[user:password@]host[:port][/db]`, or `rediss://` over TLS; `redis+cluster://host,host` for a cluster, `redis+sentinel://host,host/master` behind sentinels.',
    secret: true,
    example: 'redis://127.0.0.1:6379',
  },
  REDIS_PREFIX: {
    kind: word,
    default: undefined,
    unset: "made of Logto's address",
    meaning:
      'What every key in Redis begins with. Replicas must agree on it: set it where they know Logto by different addresses.',
    example: 'org-gateway:production',
  },
  REDIS_TIMEOUT_MS: {
    kind: milliseconds(1, 10_000),
    default: '50',
    meaning:
      'How long a read waits for Redis, in milliseconds; it then goes on without it. A write that must be told to other replicas waits a second.',
  },
  COHERENCE_MS: {
    kind: milliseconds(0, 1000),
    default: '10',
    meaning:
      'How long a look at what other replicas wrote counts, in milliseconds. A write is answered so long (and a tenth) after it was told to all, so that no later read misses it; 0 has every batch of reads look. The same at all replicas.',
  },
  WRITES_WITHOUT_REDIS: {
    kind: oneOf('allow', 'refuse'),
    default: 'allow',
    meaning:
      'What becomes of a plain write while Redis does not answer: it is carried out, and other replicas are told when Redis is back (`allow`), or it is 503 `shared_state.unavailable` and nothing is sent (`refuse`). Keyed POSTs and conditional writes are refused either way.',
  },
  RATE_LIMIT: {
    kind: rate(1),
    default: '10000/10s',
    meaning:
      'How many requests one caller may send in a time, over all replicas that share a Redis: a number and `s`, `m` or `h`, or `off`. A caller is a client with its user and organization, not an address.',
  },
  AUTH_FAILURE_LIMIT: {
    kind: rate(1),
    default: '1000/10s',
    meaning:
      'How many tokens that are not good one address may send in a time before its unknown tokens are refused unread, or `off`. Behind a proxy it needs `TRUST_PROXY`, or all callers are one address.',
  },
  OVERLOAD_DELAY_MS: {
    kind: milliseconds(0, 60_000),
    default: '500',
    meaning:
      'How late the event loop may be, in milliseconds, before requests are refused with 503 until it is on time again; 0 refuses none.',
  },
  READY_REQUIRES: {
    kind: oneOf('logto', 'logto-once', 'nothing'),
    default: 'logto',
    meaning:
      'What `/health/ready` requires: `logto` that answers now; `logto-once`, that it has answered since the start, so that a replica with wrong settings is never put to use and an ill Logto takes none away; or `nothing`.',
  },
  SHUTDOWN_DELAY_MS: {
    kind: milliseconds(0, 600_000),
    default: '0',
    meaning:
      'How long requests are still taken after SIGTERM, in milliseconds, with `/health/ready` saying no: as long as whoever sends them takes to notice. 5000 suits Kubernetes.',
  },
  SHUTDOWN_GRACE_MS: {
    kind: milliseconds(0, 600_000),
    default: '10000',
    meaning: 'How long requests under way may then take to finish, in milliseconds.',
  },
  SANDBOX_PORT: {
    kind: port,
    default: '3901',
    meaning: 'Where the sandbox listens beside the gateway; 0 takes any free port.',
  },
  SANDBOX_LATENCY_MS: {
    kind: milliseconds(0, 60_000),
    default: '0',
    meaning: 'How long the sandbox waits before each answer, in milliseconds.',
  },
} as const satisfies Settings;
