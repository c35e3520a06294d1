import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Running, startGateway } from './support/start-gateway.js';

const KEY = 'signing-key-of-a-test';

describe('POST /webhooks/logto', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway({ LOGTO_WEBHOOK_SIGNING_KEY: KEY });
  });
  afterAll(() => running.close());

  const sign = (body: string, key = KEY) => createHmac('sha256', key).update(body).digest('hex');
  const post = (event: object, signature?: string) => {
    const body = JSON.stringify({ createdAt: new Date().toISOString(), hookId: 'hook', ...event });
    return running
      .anonymous()
      .post('/webhooks/logto')
      .set('content-type', 'application/json')
      .set('logto-signature-sha-256', signature ?? sign(body))
      .send(body);
  };

  /** Warms the cache, runs `change`, and returns whether the next read calls Logto. */
  const isInvalidated = async (path: string, change: () => Promise<unknown>): Promise<boolean> => {
    const client = await running.as();
    await client.get(path).expect(200);
    expect((await client.get(path).expect(200)).headers['cache-status']).toMatch(/; hit/);
    await change();
    return !/; hit/.test((await client.get(path).expect(200)).headers['cache-status'] ?? '');
  };

  const { id, user } = { id: 'fernweh00000', user: 'ada000000000' };
  it.each([
    ['Organization.Created', { data: { id: 'new' } }, '/api/organizations', true],
    ['Organization.Data.Updated', { params: { id } }, `/api/organizations/${id}`, true],
    ['Organization.Data.Updated', { params: { id: 'another' } }, `/api/organizations/${id}`, false],
    ['Organization.Deleted', { params: { id } }, `/api/organizations/${id}/users`, true],
    ['Organization.Membership.Updated', { organizationId: id }, `/api/organizations/${id}/users`, true],
    ['Organization.Membership.Updated', { organizationId: 'another' }, `/api/organizations/${id}/users`, false],
    ['OrganizationRole.Deleted', { params: { id: 'rolemember00000000000' } }, '/api/organization-roles', true],
    [
      'OrganizationRole.Deleted',
      { params: { id: 'rolemember00000000000' } },
      `/api/organizations/${id}/users/${user}/roles`,
      true,
    ],
    ['OrganizationScope.Created', { data: { id: 'x' } }, '/api/organization-scopes', true],
    ['User.Data.Updated', { data: { id: user } }, `/api/organizations/${id}/users/${user}`, true],
    ['User.Deleted', { data: { id: user } }, `/api/organizations/${id}/users`, true],
    ['Role.Created', { data: { id: 'x' } }, '/api/organization-roles', false],
  ])('%s %j invalidates %s: %s', async (event, particulars, path, expected) => {
    expect(await isInvalidated(path, () => post({ event, ...particulars }).expect(204))).toBe(expected);
  });

  it('refuses an event with a wrong signature, without any effect', async () => {
    const event = { event: 'Organization.Data.Updated', params: { id } };
    const again = await isInvalidated(`/api/organizations/${id}`, async () => {
      for (const signature of ['', 'zz', sign('{}'), sign(JSON.stringify(event), 'another key'), '0'.repeat(64)]) {
        const { body } = await post(event, signature).expect(401).expect('content-type', 'application/problem+json');
        expect(body.code).toBe('webhook.bad_signature');
      }
    });
    expect(again).toBe(false);
  });

  it('refuses an old event', async () => {
    const { body } = await post({
      event: 'Organization.Created',
      createdAt: new Date(Date.now() - 6 * 60_000).toISOString(),
    }).expect(401);
    expect(body.code).toBe('webhook.stale');
  });

  it('ignores a replayed event', async () => {
    const event = { event: 'Organization.Data.Updated', params: { id }, createdAt: new Date().toISOString() };
    expect(await isInvalidated(`/api/organizations/${id}`, () => post(event).expect(204))).toBe(true);
    expect(await isInvalidated(`/api/organizations/${id}`, () => post(event).expect(204))).toBe(false);
  });

  it('refuses a signed body that is not an event', async () => {
    const { body } = await running
      .anonymous()
      .post('/webhooks/logto')
      .set('logto-signature-sha-256', sign('[]'))
      .send('[]')
      .expect(400);
    expect(body.code).toBe('guard.invalid_input');
  });

  it('does not exist without a signing key', async () => {
    const keyless = await startGateway();
    try {
      await keyless.anonymous().post('/webhooks/logto').send({}).expect(404);
    } finally {
      await keyless.close();
    }
  });
});
