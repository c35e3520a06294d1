import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from './support/far-end.js';
import { type Running, startGateway } from './support/start-gateway.js';

const travel = '/api/organizations/fernweh00000';
/** The gateway looks at the clock every 50 ms, each time the event loop comes round for it. */
const LOOK_MS = 50;

const realNow = performance.now;
/** The clock of this process: it stands still unless a test moves it. */
const clock = { now: realNow.call(performance) };

describe('an overloaded gateway', () => {
  let running: Running;
  let client: Awaited<ReturnType<Running['as']>>;
  beforeAll(async () => {
    performance.now = () => clock.now;
    running = await startGateway({ OVERLOAD_DELAY_MS: '300', CORS_ORIGINS: 'https://app.example.test' });
    client = await running.as();
    await client.get(travel).expect(200);
  });
  afterAll(async () => {
    performance.now = realNow;
    await running.close();
  });

  const overload = async (): Promise<{ status: string; refused: number }> => {
    const { body } = await running.anonymous().get('/health/ready').expect(200);
    return (body as { details: { overload: { status: string; refused: number } } }).details.overload;
  };
  /** Waits until the gateway says that it refuses this share, and lets so much time pass between each two questions. */
  const untilRefused = (share: number, stepMs: number): Promise<void> =>
    until(`${share} to be refused`, async () => {
      clock.now += stepMs;
      return (await overload()).refused === share;
    });

  it('refuses everything but health and metrics, and recovers by itself', async () => {
    // The event loop is late again and again.
    await untilRefused(1, 400);
    const refused = await client.get(travel).set('origin', 'https://app.example.test').expect(503);
    expect(refused.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'retry-after': '1',
      'access-control-allow-origin': 'https://app.example.test',
    });
    expect(refused.body).toMatchObject({ code: 'overloaded', type: '/problems/overloaded', instance: travel });

    await running.anonymous().get('/api/organizations').expect(503);
    await running.anonymous().get('/health/live').expect(200);
    await running.anonymous().get('/metrics').expect(200);
    expect(await overload()).toMatchObject({ status: 'overloaded' });

    // Now it is on time.
    await untilRefused(0, 5);
    await client.get(travel).expect(200);
    const lines = running.logs.filter((line) => line.includes('event loop'));
    expect(lines).toHaveLength(2);
  });

  it('is not taken in by one pause', async () => {
    clock.now += 1000;
    for (let looks = 0; looks < 3; looks += 1) await pause(LOOK_MS);
    await client.get(travel).expect(200);
    expect(await overload()).toMatchObject({ status: 'ok' });
    // It has noticed: another one this soon after is no accident.
    clock.now += 400;
    await untilRefused(1, 0);
  });
});
