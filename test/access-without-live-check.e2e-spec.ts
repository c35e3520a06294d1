import { type Running, startGateway } from './support/start-gateway.js';

describe('with AUTH_LIVE_CHECK=off', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway({ AUTH_LIVE_CHECK: 'off' });
  });
  afterAll(() => running.close());

  it('a token is valid for writes until it expires', async () => {
    const { organization, users } = running.sandbox.demo;
    const client = await running.as(running.tokens.organization(organization, users.owner));
    const roles = `/api/organizations/${organization}/users/${users.owner}/roles`;
    expect((await running.tokens.api('PUT', roles, { organizationRoleNames: ['guest'] })).status).toBeLessThan(300);
    running.sandbox.forget();
    await client.patch(`/api/organizations/${organization}`).send({ description: 'Still' }).expect(200);
    expect(running.upstreamCalls()).toEqual([`PATCH /api/organizations/${organization}`]);
  });

  it('a token still needs the permission', async () => {
    const { organization, users } = running.sandbox.demo;
    const client = await running.as(running.tokens.organization(organization, users.member));
    await client.patch(`/api/organizations/${organization}`).send({ description: 'No' }).expect(403);
  });
});
