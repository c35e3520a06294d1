import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHmac, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { startServer, until } from './support/far-end.js';
import { describeWithRedis, OwnRedis, REDIS_URL } from './support/redis.js';
import { random, seeded } from './support/seed.js';
import { type Running, startGateway } from './support/start-gateway.js';
import { type Replicas, startReplicas } from './support/start-replicas.js';

const KEY = 'key-of-a-test';
const ORGANIZATION = 'studio000000';
const MEMBER = 'rolemember00000000000';
const GUEST = 'roleguest000000000000';
const EVENTS = `/api/organizations/${ORGANIZATION}/users`;

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly event: {
    event: string;
    createdAt: string;
    organizationId: string;
    eventId: string;
    position: string;
    requestId: string;
    data: unknown[];
  };
}

/** A webhook receiver whose behaviour the test sets. */
async function startReceiver() {
  const received: Received[] = [];
  const held: ServerResponse[] = [];
  const behaviour = { status: 204, hang: false };
  const server = await startServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    received.push({ headers: request.headers, text, event: JSON.parse(text) as Received['event'] });
    if (behaviour.hang) held.push(response);
    else response.writeHead(behaviour.status).end();
  });
  const release = () => held.splice(0).forEach((response) => response.writeHead(204).end());
  return { ...server, received, held, behaviour, release };
}

describe('events of changed roles', () => {
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  let running: Running;
  let client: Awaited<ReturnType<Running['as']>>;

  beforeAll(async () => {
    receiver = await startReceiver();
    running = await startGateway({
      EVENTS_WEBHOOK_URL: `${receiver.url}/hook?from=gateway`,
      EVENTS_WEBHOOK_SIGNING_KEY: KEY,
    });
    client = await running.as();
    await running.tokens.api('POST', EVENTS, { userIds: ['ada000000000', 'wanda0000000'] });
  });
  beforeEach(() => {
    receiver.received.length = 0;
    Object.assign(receiver.behaviour, { status: 204, hang: false });
  });
  afterEach(() => running.sandbox.faults.clear());
  afterAll(async () => {
    await running.close();
    await receiver.close();
  });

  const next = async (): Promise<Received> => {
    await until('an event', () => receiver.received.length > 0);
    const first = receiver.received.shift();
    if (!first) throw new Error('none');
    return first;
  };
  const { member, guest } = { member: 'rolemember00000000000', guest: 'roleguest000000000000' };

  it('have the shape and the signature of Logto’s own', async () => {
    const from = Date.now();
    await client
      .post(`${EVENTS}/ada000000000/roles`)
      .set('x-request-id', 'event-request')
      .send({ organizationRoleNames: ['member'], organizationRoleIds: [guest] })
      .expect(201);
    const to = Date.now();
    const { headers, text, event } = await next();
    expect(headers['content-type']).toBe('application/json');
    expect(headers['logto-signature-sha-256']).toBe(createHmac('sha256', KEY).update(text).digest('hex'));
    expect(event).toMatchObject({
      event: 'Organization.MemberRoles.Updated',
      organizationId: ORGANIZATION,
      requestId: 'event-request',
    });
    const createdAt = Date.parse(event.createdAt);
    expect([createdAt >= from, createdAt <= to]).toEqual([true, true]);
    expect(event.eventId).toMatch(/^[\da-f-]{36}$/);
    const [change] = event.data as [{ userId: string; addedRoleIds: string[] }];
    expect(change.userId).toBe('ada000000000');
    expect(change.addedRoleIds.toSorted()).toEqual([guest, member].toSorted());
  });

  it('contain what follows from each kind of write', async () => {
    await client
      .put(`${EVENTS}/ada000000000/roles`)
      .send({ organizationRoleIds: [guest], organizationRoleNames: ['member'] })
      .expect(204);
    expect((await next()).event.data).toEqual([
      { userId: 'ada000000000', replacedWith: { roleIds: [guest], roleNames: ['member'] } },
    ]);
    await client.delete(`${EVENTS}/ada000000000/roles/${guest}`).expect(204);
    expect((await next()).event.data).toEqual([{ userId: 'ada000000000', removedRoleIds: [guest] }]);
    await client
      .post(`${EVENTS}/roles`)
      .send({ userIds: ['ada000000000', 'wanda0000000', 'ada000000000'], organizationRoleIds: [guest] })
      .expect(201);
    expect((await next()).event.data).toEqual([
      { userId: 'ada000000000', addedRoleIds: [guest] },
      { userId: 'wanda0000000', addedRoleIds: [guest] },
    ]);
  });

  it('contain the members that were added with roles', async () => {
    const members = [
      { userId: 'bruno0000000', organizationRoleNames: ['member'] },
      { userId: 'ximena000000' },
      { userId: 'nosuchuser00', organizationRoleNames: ['member'] },
    ];
    await client.post(`/api/organizations/${ORGANIZATION}/members`).send({ members }).expect(200);
    expect((await next()).event.data).toEqual([{ userId: 'bruno0000000', addedRoleIds: [member] }]);
  });

  it('are not sent for writes that were rejected, failed, changed nothing, or were replayed', async () => {
    const send = (key: string) =>
      client
        .post(`${EVENTS}/ada000000000/roles`)
        .set('idempotency-key', key)
        .send({ organizationRoleIds: [member] });
    await client.delete(`${EVENTS}/nosuchuser00/roles/${guest}`).expect(422);
    await client.post(`${EVENTS}/ada000000000/roles`).send({}).expect(201);
    running.sandbox.faults.add({ method: 'PUT', status: 500 });
    await client.put(`${EVENTS}/ada000000000/roles`).send({ organizationRoleIds: [] }).expect(502);
    await send('once').expect(201);
    await send('once').expect(201);
    await send('another').expect(201);
    await until('two events', () => receiver.received.length >= 2);
    expect(receiver.received.map(({ event }) => event.data)).toEqual([
      [{ userId: 'ada000000000', addedRoleIds: [member] }],
      [{ userId: 'ada000000000', addedRoleIds: [member] }],
    ]);
  });

  it('cost no call to Logto, and do not delay responses while the receiver hangs', async () => {
    receiver.behaviour.hang = true;
    running.sandbox.forget();
    for (let times = 0; times < 3; times += 1)
      await client
        .put(`${EVENTS}/wanda0000000/roles`)
        .send({ organizationRoleIds: [guest] })
        .expect(204);
    // All are answered, and the receiver is still at the first.
    await until('the first arrives', () => receiver.received.length > 0);
    expect(receiver.received).toHaveLength(1);
    expect(receiver.held.map(({ destroyed }) => destroyed)).toEqual([false]);
    expect(running.upstreamCalls()).toHaveLength(3);
    const { body } = await running.anonymous().get('/health/ready').expect(200);
    expect(body.details.events.queued).toBeGreaterThanOrEqual(2);
    const { text } = await running.anonymous().get('/metrics');
    expect(text).toMatch(/^gateway_events_queued [1-9]/m);
    receiver.behaviour.hang = false;
    receiver.release();
  });

  it('arrive after the receiver has failed, and are dropped and counted when it refuses them', async () => {
    // Events of the previous test may still be queued.
    await until('the queue to be empty', async () => {
      const { body } = await running.anonymous().get('/health/ready');
      return body.details.events.queued === 0;
    });
    receiver.received.length = 0;
    receiver.behaviour.status = 503;
    await client.delete(`${EVENTS}/wanda0000000/roles/${guest}`).expect(204);
    const failed = await next();
    receiver.behaviour.status = 204;
    const arrived = await next();
    expect(arrived.text).toBe(failed.text);
    receiver.behaviour.status = 422;
    await client.put(`${EVENTS}/wanda0000000/roles`).send({ organizationRoleIds: [] }).expect(204);
    await next();
    await until('the drop to be counted', async () => {
      const { text } = await running.anonymous().get('/metrics');
      return /^gateway_events_dropped_total\{reason="refused"\} 1$/m.test(text);
    });
  });
});

describe('without EVENTS_WEBHOOK_URL', () => {
  it('health and metrics have nothing about events', async () => {
    const running = await startGateway();
    const { body } = await running.anonymous().get('/health/ready').expect(200);
    expect(body.details).not.toHaveProperty('events');
    expect((await running.anonymous().get('/metrics')).text).not.toContain('gateway_events');
    await running.close();
  });
});

describeWithRedis('events of replicas with one Redis', () => {
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  let replicas: Replicas;

  beforeAll(async () => {
    receiver = await startReceiver();
    replicas = await startReplicas([REDIS_URL, REDIS_URL], {
      REDIS_PREFIX: `test:${randomUUID()}`,
      REDIS_TIMEOUT_MS: '1000',
      EVENTS_WEBHOOK_URL: receiver.url,
      EVENTS_WEBHOOK_SIGNING_KEY: KEY,
    });
  });
  afterAll(async () => {
    await replicas.close();
    await receiver.close();
  });

  it('survive the shutdown of the replica that published them, and are delivered once', async () => {
    receiver.behaviour.status = 503;
    const [staying, stopping] = replicas.replicas;
    const client = await stopping?.as();
    for (const userId of ['ada000000000', 'bruno0000000', 'wanda0000000']) {
      await client
        ?.post(`/api/organizations/${ORGANIZATION}/members`)
        .send({ members: [{ userId, organizationRoleNames: ['guest'] }] })
        .expect(201);
    }
    await until('a delivery', () => receiver.received.length > 0);
    await stopping?.stop();
    receiver.received.length = 0;
    receiver.behaviour.status = 204;
    // The worker polls every ten seconds, and at once when it has a new event.
    await (await staying?.as())?.delete(`${EVENTS}/ada000000000/roles/${GUEST}`).expect(204);
    await until('all events', () => receiver.received.length >= 4);
    const ids = receiver.received.map(({ event }) => event.eventId);
    expect(new Set(ids).size).toBe(4);
    await until('the queue to be empty', async () => {
      return (await staying?.health('events'))?.['queued'] === 0;
    });
    expect(receiver.received).toHaveLength(4);
  });

  it(
    'have positions by which a receiver ends with the right roles, whichever replica wrote and in whatever order they arrive',
    seeded(async () => {
      const [staying, other] = replicas.replicas;
      if (!other?.isRunning) await other?.start();
      await replicas.tokens.api('POST', EVENTS, { userIds: ['wanda0000000'] });
      await replicas.tokens.api('PUT', `${EVENTS}/wanda0000000/roles`, { organizationRoleIds: [GUEST] });
      receiver.received.length = 0;
      const clients = [await staying?.as(), await other?.as()];
      const roles = [MEMBER, GUEST];
      const writes = Array.from({ length: 30 }, (_, n) => {
        const client = clients[n % 2];
        const path = `${EVENTS}/wanda0000000/roles`;
        if (n % 5 === 4) return client?.delete(`${path}/${roles[n % 2]}`).ok(() => true);
        return n % 3 === 0
          ? client?.post(path).send({ organizationRoleIds: [roles[n % 2]] })
          : client?.put(path).send({ organizationRoleIds: roles.slice(0, n % 3) });
      });
      const answers = await Promise.all(writes);
      const expected = answers.filter((answer) => answer !== undefined && answer.status < 300).length;
      await until('all events', () => receiver.received.length >= expected);
      const positionOf = ({ event }: Received) => event.position.split('-').map(Number) as [number, number];
      // A receiver must not rely on the order of arrival.
      const sorted = receiver.received
        .toSorted(() => 0.5 - random())
        .toSorted((a, b) => positionOf(a)[0] - positionOf(b)[0] || positionOf(a)[1] - positionOf(b)[1]);
      let held = new Set<string>([GUEST]);
      for (const { event } of sorted)
        for (const change of event.data as {
          addedRoleIds?: string[];
          removedRoleIds?: string[];
          replacedWith?: { roleIds: string[] };
        }[]) {
          if (change.replacedWith) held = new Set(change.replacedWith.roleIds);
          change.addedRoleIds?.forEach((role) => held.add(role));
          change.removedRoleIds?.forEach((role) => held.delete(role));
        }
      const { json } = await replicas.tokens.api('GET', `${EVENTS}/wanda0000000/roles`);
      expect([...held].toSorted()).toEqual((json as { id: string }[]).map(({ id }) => id).toSorted());
    }),
  );
});

describeWithRedis('queued events that Redis loses', () => {
  it('are queued again by the replica that published them', async () => {
    const redis = new OwnRedis();
    await redis.start();
    const receiver = await startReceiver();
    receiver.behaviour.hang = true;
    const replicas = await startReplicas([redis.url], {
      REDIS_TIMEOUT_MS: '1000',
      EVENTS_WEBHOOK_URL: receiver.url,
      EVENTS_WEBHOOK_SIGNING_KEY: KEY,
    });
    const client = await replicas.replicas[0]?.as();
    for (const userId of ['ada000000000', 'bruno0000000', 'wanda0000000'])
      await client
        ?.post(`/api/organizations/${ORGANIZATION}/members`)
        .send({ members: [{ userId, organizationRoleNames: ['guest'] }] })
        .expect(201);
    await until('a delivery', () => receiver.received.length > 0);
    await redis.stop();
    await redis.start();
    const waiting = async () => {
      const [key] = (await redis.command('KEYS', '*:events')) as string[];
      return key === undefined ? 0 : redis.command('XLEN', key);
    };
    await until('all to be in Redis again', async () => (await waiting()) === 3);
    receiver.received.length = 0;
    receiver.behaviour.hang = false;
    receiver.release();
    await until('all have arrived', () => new Set(receiver.received.map(({ event }) => event.eventId)).size === 3);
    await replicas.close();
    await receiver.close();
    await redis.stop();
  });
});
