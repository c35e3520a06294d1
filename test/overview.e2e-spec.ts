import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Running, startGateway } from './support/start-gateway.js';

describe('GET /api/organizations/{id}/overview', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway();
  });
  afterAll(() => running.close());

  it('gives 250 members for 1 + 3 + 1 upstream calls when cold and for none when warm', async () => {
    const { sandbox } = running;
    const client = await running.as();
    sandbox.forget();
    const cold = await client.get(`/api/organizations/${sandbox.demo.organization}/overview`).expect(200);
    expect(running.upstreamCalls().toSorted()).toEqual([
      `GET /api/organization-roles?page=1&page_size=100`,
      `GET /api/organizations/${sandbox.demo.organization}`,
      ...[1, 2, 3].map((page) => `GET /api/organizations/${sandbox.demo.organization}/users?page=${page}&page_size=100`),
    ]);
    expect(cold.body.members).toHaveLength(250);

    sandbox.forget();
    const warm = await client.get(`/api/organizations/${sandbox.demo.organization}/overview`).expect(200);
    expect(running.upstreamCalls()).toEqual([]);
    expect(warm.headers['cache-status']).toMatch(/^org-gateway; hit/);
  });
});
