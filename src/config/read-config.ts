import { ConfigError } from './config-error.js';
import type { Config } from './config.js';
import { deepFreeze } from './deep-freeze.js';
import { eventsFaults } from './events-rules.js';
import { SANDBOX } from './kinds/urls.js';
import { readSettings } from './read-settings.js';
import { sandboxIdentity } from './sandbox-identity.js';
import type { ValuesOf } from './setting.js';
import { settings } from './settings.js';
import { upstreamFaults } from './upstream-rules.js';
import { configWarnings } from './warnings.js';

/** The gateway's configuration. Throws a ConfigError that lists everything wrong with the environment. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const { values, faults } = readSettings(settings, env);
  const all = [...faults, ...upstreamFaults(env), ...eventsFaults(env)];
  if (all.length > 0) throw new ConfigError(all, configWarnings(env));
  return deepFreeze(assemble(values, configWarnings(env)));
}

/** The share of CACHE_MAX_BYTES for complete responses; the rest is for Logto's replies. */
const RESPONSE_CACHE_SHARE = 0.25;

function assemble(values: ValuesOf<typeof settings>, warnings: string[]): Config {
  return {
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.PUBLIC_URL,
    production: values.NODE_ENV === 'production',
    logLevel: values.LOG_LEVEL,
    logReadsEvery: values.LOG_READS_EVERY,
    trustProxy: values.TRUST_PROXY,
    corsOrigins: values.CORS_ORIGINS ?? [],
    upstream: {
      ...logtoClient(values),
      resource: values.LOGTO_RESOURCE,
      timeoutMs: values.UPSTREAM_TIMEOUT_MS,
      deadlineMs: values.UPSTREAM_DEADLINE_MS,
      aggregateDeadlineMs: values.UPSTREAM_AGGREGATE_DEADLINE_MS,
      connections: values.UPSTREAM_CONNECTIONS,
      queue: values.UPSTREAM_QUEUE,
      breakerCalls: values.UPSTREAM_BREAKER_CALLS,
      breakerOpenMs: values.UPSTREAM_BREAKER_OPEN_MS,
      budget: values.UPSTREAM_BUDGET === 'off' ? undefined : values.UPSTREAM_BUDGET,
      fanout: values.UPSTREAM_FANOUT,
      maxBytes: values.UPSTREAM_MAX_BYTES,
    },
    auth: {
      issuer: values.AUTH_ISSUER,
      audience: values.AUTH_AUDIENCE ?? sandboxIdentity.audience,
      jwksUrl: values.AUTH_JWKS_URL,
      liveCheck: values.AUTH_LIVE_CHECK,
    },
    shortcuts: values.EDGE,
    webhooks: { signingKey: values.LOGTO_WEBHOOK_SIGNING_KEY },
    events: eventsReceiver(values),
    overview: { maxMembers: values.OVERVIEW_MAX_MEMBERS },
    cache: {
      maxBytes: values.CACHE_MAX_BYTES,
      responseCacheBytes: values.EDGE ? Math.floor(values.CACHE_MAX_BYTES * RESPONSE_CACHE_SHARE) : 0,
      lifetimes: {
        organization: values.CACHE_ORGANIZATION,
        lists: values.CACHE_LISTS,
        members: values.CACHE_MEMBERS,
        roles: values.CACHE_ROLES,
        permissions: { freshMs: values.CACHE_PERMISSIONS, staleMs: 0 },
      },
      missingMs: values.CACHE_MISSING,
    },
    redis: {
      url: values.REDIS_URL,
      prefix: values.REDIS_PREFIX,
      timeoutMs: values.REDIS_TIMEOUT_MS,
      coherenceMs: values.COHERENCE_MS,
      refuseWritesWhenDown: values.WRITES_WITHOUT_REDIS === 'refuse',
    },
    limits: { callers: unlessOff(values.RATE_LIMIT), authFailures: unlessOff(values.AUTH_FAILURE_LIMIT) },
    overloadDelayMs: values.OVERLOAD_DELAY_MS,
    readyRequires: values.READY_REQUIRES,
    shutdownDelayMs: values.SHUTDOWN_DELAY_MS,
    shutdownGraceMs: values.SHUTDOWN_GRACE_MS,
    sandbox: { port: values.SANDBOX_PORT, latencyMs: values.SANDBOX_LATENCY_MS },
    warnings,
  };
}

const unlessOff = <T>(value: T | 'off'): T | undefined => (value === 'off' ? undefined : value);
const eventsReceiver = ({
  EVENTS_WEBHOOK_URL: url,
  EVENTS_WEBHOOK_SIGNING_KEY: signingKey,
}: ValuesOf<typeof settings>) => (url && signingKey ? { url, signingKey } : undefined);

type LogtoClient = Pick<Config['upstream'], 'sandbox' | 'endpoint' | 'clientId' | 'clientSecret'>;

function logtoClient({ LOGTO_ENDPOINT, LOGTO_CLIENT_ID, LOGTO_CLIENT_SECRET }: ValuesOf<typeof settings>): LogtoClient {
  const sandbox = LOGTO_ENDPOINT === undefined || LOGTO_ENDPOINT === SANDBOX;
  if (sandbox || !LOGTO_CLIENT_ID || !LOGTO_CLIENT_SECRET) {
    const { clientId, clientSecret } = sandboxIdentity;
    return { sandbox: true, endpoint: undefined, clientId, clientSecret };
  }
  return { sandbox: false, endpoint: LOGTO_ENDPOINT, clientId: LOGTO_CLIENT_ID, clientSecret: LOGTO_CLIENT_SECRET };
}
