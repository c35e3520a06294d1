import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { readConfig } from '../src/config/read-config.js';
import { createGateway } from '../src/gateway.js';
import { createLogger } from '../src/observability/logger.js';
import { startSandbox } from '../src/sandbox/sandbox.js';
import { startServer } from './support/far-end.js';
import { CALLS, FAULTS, faultTable, LIMITS } from './support/fault-table.js';
import { type Running, startGateway } from './support/start-gateway.js';
import { Tokens } from './support/tokens.js';

type Client = Awaited<ReturnType<Running['as']>>;
type Answer = Awaited<ReturnType<Client['get']>>;

/** An answer in the notation of the table. */
const describeAnswer = ({ status, body, headers }: Answer): string => {
  const { code, detail, meta } = body as {
    code?: string;
    detail?: string;
    meta?: { sections: { members?: { status: string; code?: string } } };
  };
  const members = meta?.sections.members;
  return [
    code ? `${status} ${code}` : String(status),
    ...(detail?.includes('may have happened') ? ['may have happened'] : []),
    ...(/fwd=stale|ttl=-/.test(headers['cache-status'] ?? '') && members === undefined ? ['stale'] : []),
    ...(members?.status === 'failed' ? [`members: ${members.code}`] : []),
  ].join(', ');
};

describe('what callers see', () => {
  let running: Running;
  let client: Client;
  let path: string;

  beforeAll(async () => {
    running = await startGateway({ ...LIMITS, CACHE_ORGANIZATION: '1ms/5m' });
    client = await running.as();
  });
  beforeEach(async () => {
    const { json } = await running.tokens.api('POST', '/api/organizations', { name: 'Fragile' });
    path = `/api/organizations/${(json as { id: string }).id}`;
    await running.tokens.api('POST', `${path}/users`, { userIds: ['ada000000000'] });
    // Successful calls, which earn retries.
    await Promise.all(
      Array.from({ length: 15 }, () => client.get('/api/organization-roles').set('cache-control', 'no-cache')),
    );
  });
  afterEach(() => running.sandbox.faults.clear());
  afterAll(() => running.close());

  const writes = (): number => running.sandbox.requests.filter(({ method }) => method === 'PATCH').length;

  describe.each(FAULTS.filter(({ rule }) => typeof rule === 'object'))('when Logto: $fault', ({ rule, outcomes }) => {
    const addFault = (which: RegExp): void => {
      if (typeof rule === 'object') running.sandbox.faults.add({ ...rule, path: which });
    };

    it(`${CALLS[0]}: ${outcomes[0]}`, async () => {
      addFault(new RegExp(`${path}$`));
      const answer = await client.get(path);
      expect(describeAnswer(answer)).toBe(outcomes[0]);
      if (answer.status === 503) expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
      running.sandbox.faults.clear();
      // The failure is not cached.
      expect((await client.get(path).expect(200)).body).toMatchObject({ name: 'Fragile' });
    });

    it(`${CALLS[1]}: ${outcomes[1]}`, async () => {
      await client.get(path).expect(200);
      // It is fresh for a millisecond.
      await new Promise((resolve) => setTimeout(resolve, 5));
      addFault(new RegExp(`${path}$`));
      const answer = await client.get(path);
      expect(describeAnswer(answer)).toBe(outcomes[1]);
      expect(answer.body).toMatchObject({ name: 'Fragile' });
      // Logto was not waited for.
      expect(answer.headers['cache-status']).toMatch(/^org-gateway; hit; ttl=-/);
    });

    it(`${CALLS[2]}: ${outcomes[2]}`, async () => {
      addFault(new RegExp(`${path}$`));
      running.sandbox.forget();
      expect(describeAnswer(await client.patch(path).send({ description: 'changed' }))).toBe(outcomes[2]);
      expect(writes()).toBe(1);
    });

    it(`${CALLS[3]}: ${outcomes[3]}`, async () => {
      addFault(/\/users\?/);
      const answer = await client.get(`${path}/overview`);
      expect(describeAnswer(answer)).toBe(outcomes[3]);
      const complete = outcomes[3] === '200';
      expect(answer.headers['x-aggregate-complete']).toBe(String(complete));
      if (!complete) expect(answer.headers['cache-control']).toBe('no-store');
    });
  });

  it('is printed in docs/resilience.md', () => {
    expect(readFileSync('docs/resilience.md', 'utf8')).toContain(faultTable());
  });
});

describe('what callers see when nothing can be sent', () => {
  let issuer: Awaited<ReturnType<typeof startSandbox>>;
  beforeAll(async () => {
    issuer = await startSandbox();
  });
  afterAll(() => issuer.close());

  const addresses = {
    // The sandbox does not support TLS.
    tls: async () => issuer.url.replace('http:', 'https:'),
    dns: async () => 'http://logto.invalid',
    refused: async () => {
      const gone = await startServer(() => undefined);
      await gone.close();
      return gone.url;
    },
  };

  it.each(FAULTS.filter(({ rule }) => typeof rule === 'string'))('$fault', async ({ rule, outcomes }) => {
    const config = readConfig({
      ...LIMITS,
      PORT: '0',
      LOGTO_ENDPOINT: await addresses[rule as keyof typeof addresses](),
      LOGTO_CLIENT_ID: 'gateway',
      LOGTO_CLIENT_SECRET: 'secret',
      AUTH_AUDIENCE: issuer.audience,
      AUTH_ISSUER: issuer.issuer,
    });
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const gateway = await createGateway(config, createLogger('error', nowhere));
    try {
      const client = supertest.agent(gateway.url).set('authorization', `Bearer ${await new Tokens(issuer).service()}`);
      const path = '/api/organizations/fernweh00000';
      expect(describeAnswer(await client.get(path))).toBe(outcomes[0]);
      expect(describeAnswer(await client.patch(path).send({ description: 'changed' }))).toBe(outcomes[2]);
      expect(describeAnswer(await client.get(`${path}/overview`))).toBe(outcomes[3]);
      await client.get('/health/live').expect(200);
    } finally {
      await gateway.close();
    }
  });
});
