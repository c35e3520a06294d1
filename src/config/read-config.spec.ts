import { describe, expect, it } from '@jest/globals';
import { ConfigError } from './config-error.js';
import { readConfig } from './read-config.js';

const logto = {
  LOGTO_ENDPOINT: 'https://logto.example.com/',
  LOGTO_CLIENT_ID: 'm2m',
  LOGTO_CLIENT_SECRET: 'open-sesame',
  AUTH_AUDIENCE: 'https://gateway.example.com',
};

function faultsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(errorOf(env).faults.map(({ name, expected }) => [name, expected]));
}

function errorOf(env: NodeJS.ProcessEnv): ConfigError {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('this environment has no faults');
}

describe('the configuration', () => {
  it('names misspelt variables beside missing ones', () => {
    const misspelt = { LOGTO_ENDPOINT: 'https://logto.example.com', LOGTO_CLIENTID: 'x' };
    expect(() => readConfig(misspelt)).toThrow(
      /LOGTO_CLIENT_ID is not set[^]*LOGTO_CLIENTID is not a setting[^]*did you mean LOGTO_CLIENT_ID/,
    );
  });

  it('runs on the sandbox when nothing is set', () => {
    expect(readConfig({})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      publicUrl: undefined,
      production: false,
      logLevel: 'info',
      logReadsEvery: 1,
      trustProxy: false,
      corsOrigins: [],
      upstream: {
        sandbox: true,
        endpoint: undefined,
        clientId: 'sandbox-gateway',
        clientSecret: 'sandbox-gateway-secret',
        resource: 'https://default.logto.app/api',
        timeoutMs: 5000,
        deadlineMs: 8000,
        aggregateDeadlineMs: 15_000,
        connections: 32,
        queue: 1000,
        breakerCalls: 20,
        breakerOpenMs: 2000,
        budget: undefined,
        fanout: 8,
        maxBytes: 33_554_432,
      },
      auth: { issuer: undefined, audience: 'https://gateway.example.test', jwksUrl: undefined, liveCheck: true },
      shortcuts: true,
      overview: { maxMembers: 10_000 },
      cache: {
        maxBytes: 67_108_864,
        responseCacheBytes: 16_777_216,
        lifetimes: {
          organization: { freshMs: 30_000, staleMs: 300_000 },
          lists: { freshMs: 10_000, staleMs: 60_000 },
          members: { freshMs: 15_000, staleMs: 120_000 },
          roles: { freshMs: 60_000, staleMs: 600_000 },
          permissions: { freshMs: 5000, staleMs: 0 },
        },
        missingMs: 5000,
      },
      redis: { url: undefined, prefix: undefined, timeoutMs: 50, coherenceMs: 10, refuseWritesWhenDown: false },
      limits: { callers: { count: 10_000, windowMs: 10_000 }, authFailures: { count: 1000, windowMs: 10_000 } },
      overloadDelayMs: 500,
      readyRequires: 'logto',
      shutdownDelayMs: 0,
      shutdownGraceMs: 10_000,
      sandbox: { port: 3901, latencyMs: 0 },
      webhooks: { signingKey: undefined },
      warnings: [],
    });
  });

  it('needs four variables to use a real Logto', () => {
    const { upstream, auth } = readConfig({ ...logto, NODE_ENV: 'production' });
    expect(upstream).toMatchObject({ sandbox: false, endpoint: 'https://logto.example.com', clientId: 'm2m' });
    expect(auth.audience).toBe('https://gateway.example.com');
  });

  it('treats an empty variable as unset', () => {
    expect(readConfig({ PORT: '', LOGTO_ENDPOINT: '  ' })).toMatchObject({ port: 3000, upstream: { sandbox: true } });
  });

  it('has no limits when they are off', () => {
    const { limits } = readConfig({ RATE_LIMIT: 'off', AUTH_FAILURE_LIMIT: 'OFF' });
    expect(limits).toEqual({ callers: undefined, authFailures: undefined });
  });

  it('can refuse writes while Redis is down', () => {
    expect(readConfig({ WRITES_WITHOUT_REDIS: 'refuse' }).redis.refuseWritesWhenDown).toBe(true);
    expect(() => readConfig({ WRITES_WITHOUT_REDIS: 'perhaps' })).toThrow('WRITES_WITHOUT_REDIS');
  });

  it('is deeply frozen', () => {
    const config = readConfig({ TRUST_PROXY: '10.0.0.0/8', CORS_ORIGINS: 'https://app.example.com' });
    for (const part of [config, config.upstream, config.auth, config.trustProxy, config.corsOrigins, config.warnings]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('lists every fault at once, with the value given and the value expected', () => {
    const { message } = errorOf({ PORT: '70000', AUTH_LIVE_CHECK: 'maybe', UPSTREAM_FANOUT: '0' });
    expect(message).toBe(
      [
        'Invalid configuration:',
        '  AUTH_LIVE_CHECK is "maybe"; expected on or off (or true, false, 1, 0)',
        '  PORT is "70000"; expected a port number (0 takes any free port) from 0 to 65535',
        '  UPSTREAM_FANOUT is "0"; expected a whole number from 1 to 64',
      ].join('\n'),
    );
  });

  it.each([
    { ...logto, LOGTO_CLIENT_SECRET: '"zyxwvu"' },
    { LOGTO_CLIENT_SECRET: 'zyxwvu' },
    { REDIS_URL: 'http://zyxwvu@redis' },
    { PUBLIC_URL: 'https://zyxwvu:zyxwvu@gateway.example.com' },
  ])('never shows a secret in a fault: %j', (env) => {
    expect(errorOf(env).message).not.toMatch(/[zyxwvu]{3}/);
  });

  it('names every variable a real Logto needs', () => {
    expect(Object.keys(faultsOf({ LOGTO_ENDPOINT: 'logto' }))).toEqual([
      'LOGTO_ENDPOINT',
      'LOGTO_CLIENT_ID',
      'LOGTO_CLIENT_SECRET',
      'AUTH_AUDIENCE',
    ]);
  });

  it('refuses credentials without an endpoint', () => {
    const faults = faultsOf({ LOGTO_CLIENT_ID: 'm2m' });
    expect(faults).toEqual({ LOGTO_CLIENT_ID: 'LOGTO_ENDPOINT to be set too, the URL of your Logto' });
  });

  it('refuses the sandbox in production unless it is asked for explicitly', () => {
    expect(Object.keys(faultsOf({ NODE_ENV: 'production' }))).toEqual(['LOGTO_ENDPOINT']);
    expect(readConfig({ NODE_ENV: 'production', LOGTO_ENDPOINT: 'sandbox' })).toMatchObject({
      production: true,
      upstream: { sandbox: true, endpoint: undefined },
    });
  });

  it('keeps an issuer and an audience byte for byte', () => {
    const { auth } = readConfig({ AUTH_ISSUER: 'https://id.example.com/', AUTH_AUDIENCE: 'urn:Gateway/' });
    expect(auth).toMatchObject({ issuer: 'https://id.example.com/', audience: 'urn:Gateway/' });
  });
});
