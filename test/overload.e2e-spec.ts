import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from './support/far-end.js';
import { type Running, startGateway } from './support/start-gateway.js';

const travel = '/api/organizations/fernweh00000';

/** Keeps the event loop from coming round in time, so many times. */
async function holdUp(times: number, ms: number) {
  for (let i = 0; i < times; i++) {
    const end = performance.now() + ms;
    while (performance.now() < end);
    await nextTurn();
  }
}

describe('a gateway that is behind with its work', () => {
  let running: Running;
  let client: Awaited<ReturnType<Running['as']>>;
  beforeAll(async () => {
    running = await startGateway({ OVERLOAD_DELAY_MS: '300', CORS_ORIGINS: 'https://app.example.test' });
    client = await running.as();
    await client.get(travel).expect(200);
  });
  afterAll(() => running.close());

  it('refuses everything but health and metrics, and recovers by itself', async () => {
    await holdUp(3, 400);
    const refused = await client.get(travel).set('origin', 'https://app.example.test').expect(503);
    expect(refused.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'retry-after': '1',
      'access-control-allow-origin': 'https://app.example.test',
    });
    expect(refused.body).toMatchObject({ code: 'overloaded', type: '/problems/overloaded', instance: travel });

    await holdUp(3, 400);
    await running.anonymous().get('/api/organizations').expect(503);
    await running.anonymous().get('/health/live').expect(200);
    await running.anonymous().get('/metrics').expect(200);
    const { body } = await running.anonymous().get('/health/ready').expect(200);
    expect(body.details.overload).toMatchObject({ status: 'overloaded' });

    await until('requests are let in again', async () => {
      const { body } = await running.anonymous().get('/health/ready');
      return body.details.overload.refused === 0;
    });
    await client.get(travel).expect(200);
    const said = running.logs.filter((line) => line.includes('event loop'));
    expect(said).toHaveLength(2);
  });

  it('is not taken in by one pause', async () => {
    await holdUp(1, 1000);
    await client.get(travel).expect(200);
  });
});
