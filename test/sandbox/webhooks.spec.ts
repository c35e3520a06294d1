import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Client, startWithClient } from './logto-client.js';

interface Delivery {
  readonly event: string;
  readonly signature: string;
  readonly raw: string;
  readonly body: Record<string, unknown>;
  readonly headers: Record<string, unknown>;
}

let client: Client;
let receiver: Server;
let deliveries: Delivery[];
let refusals = 0;
let arrived = () => {};
beforeAll(async () => {
  client = await startWithClient();
  receiver = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      response.writeHead(refusals-- > 0 ? 500 : 200).end();
      const raw = Buffer.concat(chunks).toString();
      const body = JSON.parse(raw);
      deliveries.push({
        event: body.event,
        signature: String(incoming.headers['logto-signature-sha-256']),
        raw,
        body,
        headers: incoming.headers,
      });
      arrived();
    });
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
});
afterAll(async () => {
  await client.sandbox.close();
  receiver.close();
  receiver.closeAllConnections();
});

const until = async (count: number) => {
  while (deliveries.length < count) await new Promise<void>((resolve) => (arrived = resolve));
  return deliveries;
};
const hookFor = (...events: string[]) => {
  deliveries = [];
  refusals = 0;
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  return client.api('POST', '/hooks', { name: 'test', events, config: { url, headers: { 'x-secret': 's' } } });
};

it('sends signed events about organizations and their members', async () => {
  const hook = await hookFor('Organization.Created', 'Organization.Membership.Updated', 'Organization.Deleted');
  const organization = await client.api('POST', '/organizations', { name: 'Hooked' });
  await until(1);
  await client.api('POST', `/organizations/${organization.id}/users`, { userIds: ['ada000000000'] });
  await until(2);
  await client.api('PUT', `/organizations/${organization.id}/users`, { userIds: ['bruno0000000'] });
  await until(3);
  await client.api('PUT', `/organizations/${organization.id}/users/bruno0000000/roles`, {
    organizationRoleNames: ['guest'],
  });
  await client.api('PATCH', `/organizations/${organization.id}`, { name: 'Not asked for' });
  await client.api('DELETE', `/organizations/${organization.id}`);
  const [created, added, replaced, deleted] = await until(4);
  expect(created?.body).toEqual({
    event: 'Organization.Created',
    createdAt: expect.stringMatching(/Z$/),
    ip: '127.0.0.1',
    path: '/organizations',
    method: 'POST',
    status: 201,
    params: {},
    matchedRoute: '/organizations',
    data: organization,
    hookId: hook.id,
  });
  expect(added?.body).toMatchObject({
    organizationId: organization.id,
    addedUserIds: ['ada000000000'],
    matchedRoute: '/organizations/:id/users',
  });
  expect(replaced?.body).toMatchObject({ addedUserIds: ['bruno0000000'], removedUserIds: ['ada000000000'] });
  expect(deleted?.body).toMatchObject({ event: 'Organization.Deleted', params: { id: organization.id } });
  for (const { raw, signature, headers } of deliveries) {
    expect(signature).toBe(createHmac('sha256', hook.signingKey).update(raw).digest('hex'));
    expect(headers).toMatchObject({ 'x-secret': 's', 'user-agent': 'Logto (https://logto.io/)' });
  }
  await client.api('DELETE', `/hooks/${hook.id}`);
});

it('retries when the receiver fails', async () => {
  const hook = await hookFor('User.Created');
  refusals = 2;
  await client.api('POST', '/users', {});
  const [first, second, third] = await until(3);
  expect([second?.raw, third?.raw]).toEqual([first?.raw, first?.raw]);
  await client.api('DELETE', `/hooks/${hook.id}`);
});

it('can create, list and delete hooks', async () => {
  const hook = await hookFor('User.Deleted');
  expect(await client.api('GET', '/hooks')).toEqual([hook]);
  expect(await client.api('GET', `/hooks/${hook.id}`)).toEqual(hook);
  await client.api('DELETE', `/hooks/${hook.id}`);
  expect((await client.call('GET', `/api/hooks/${hook.id}`)).body.code).toBe('entity.not_exists_with_id');
});
