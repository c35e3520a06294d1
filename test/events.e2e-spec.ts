import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHmac, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { startServer, until } from './support/far-end.js';
import { describeWithRedis, OwnRedis, REDIS_URL } from './support/redis.js';
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

/** A receiver of events that answers as it is told. */
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
  return { ...server, received, behaviour, release };
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
    await until('an event arrives', () => receiver.received.length > 0);
    const first = receiver.received.shift();
    if (!first) throw new Error('none');
    return first;
  };
  const { member, guest } = { member: 'rolemember00000000000', guest: 'roleguest000000000000' };

  it('have the shape and the signature of Logto’s own', async () => {
    await client
      .post(`${EVENTS}/ada000000000/roles`)
      .set('x-request-id', 'told-request')
      .send({ organizationRoleNames: ['member'], organizationRoleIds: [guest] })
      .expect(201);
    const { headers, text, event } = await next();
    expect(headers['content-type']).toBe('application/json');
    expect(headers['logto-signature-sha-256']).toBe(createHmac('sha256', KEY).update(text).digest('hex'));
    expect(event).toMatchObject({
      event: 'Organization.MemberRoles.Updated',
      organizationId: ORGANIZATION,
      requestId: 'told-request',
    });
    expect(Math.abs(Date.now() - Date.parse(event.createdAt))).toBeLessThan(5000);
    expect(event.eventId).toMatch(/^[\da-f-]{36}$/);
    const [change] = event.data as [{ userId: string; addedRoleIds: string[] }];
    expect(change.userId).toBe('ada000000000');
    expect(change.addedRoleIds.toSorted()).toEqual([guest, member].toSorted());
  });

  it('say what each kind of write makes certain', async () => {
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

  it('tell of members added with roles: of those who got them', async () => {
    const members = [
      { userId: 'bruno0000000', organizationRoleNames: ['member'] },
      { userId: 'ximena000000' },
      { userId: 'nosuchuser00', organizationRoleNames: ['member'] },
    ];
    await client.post(`/api/organizations/${ORGANIZATION}/members`).send({ members }).expect(200);
    expect((await next()).event.data).toEqual([{ userId: 'bruno0000000', addedRoleIds: [member] }]);
  });

  it('are not sent for what was refused, failed, changed nothing, or was only replayed', async () => {
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
    await until('two have arrived', () => receiver.received.length >= 2);
    expect(receiver.received.map(({ event }) => event.data)).toEqual([
      [{ userId: 'ada000000000', addedRoleIds: [member] }],
      [{ userId: 'ada000000000', addedRoleIds: [member] }],
    ]);
  });

  it('cost no call to Logto, and do not hold up the answer while the receiver hangs', async () => {
    receiver.behaviour.hang = true;
    running.sandbox.forget();
    const from = performance.now();
    for (let times = 0; times < 3; times += 1)
      await client
        .put(`${EVENTS}/wanda0000000/roles`)
        .send({ organizationRoleIds: [guest] })
        .expect(204);
    expect(performance.now() - from).toBeLessThan(2000);
    expect(running.upstreamCalls()).toHaveLength(3);
    const { body } = await running.anonymous().get('/health/ready').expect(200);
    expect(body.details.events.queued).toBeGreaterThanOrEqual(2);
    const { text } = await running.anonymous().get('/metrics');
    expect(text).toMatch(/^gateway_events_queued [1-9]/m);
    receiver.behaviour.hang = false;
    receiver.release();
  });

  it('arrive after the receiver was ill; what it refuses is given up and counted', async () => {
    // What the test before has left behind is still on its way.
    await until('nothing waits', async () => {
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
    await until('it is counted', async () => {
      const { text } = await running.anonymous().get('/metrics');
      return /^gateway_events_dropped_total\{reason="refused"\} 1$/m.test(text);
    });
  });
});

describe('without EVENTS_WEBHOOK_URL', () => {
  it('there is nothing of events', async () => {
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

  it('outlive the end of the replica that made them, each delivered once', async () => {
    receiver.behaviour.status = 503;
    const [staying, leaving] = replicas.replicas;
    const client = await leaving?.as();
    for (const userId of ['ada000000000', 'bruno0000000', 'wanda0000000']) {
      await client
        ?.post(`/api/organizations/${ORGANIZATION}/members`)
        .send({ members: [{ userId, organizationRoleNames: ['guest'] }] })
        .expect(201);
    }
    await until('the receiver was asked', () => receiver.received.length > 0);
    await leaving?.stop();
    receiver.received.length = 0;
    receiver.behaviour.status = 204;
    // It looks every ten seconds by itself, and at once when it has something to tell.
    await (await staying?.as())?.delete(`${EVENTS}/ada000000000/roles/${GUEST}`).expect(204);
    await until('all have arrived', () => receiver.received.length >= 4);
    const ids = receiver.received.map(({ event }) => event.eventId);
    expect(new Set(ids).size).toBe(4);
    await until('nothing waits', async () => {
      return (await staying?.health('events'))?.['queued'] === 0;
    });
    expect(receiver.received).toHaveLength(4);
  });

  it('carry positions by which a receiver ends with the right roles, whichever replica wrote and in whatever order they come', async () => {
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
    const told = answers.filter((answer) => answer !== undefined && answer.status < 300).length;
    await until('all have arrived', () => receiver.received.length >= told);
    const placeOf = ({ event }: Received) => event.position.split('-').map(Number) as [number, number];
    // The order they came in says nothing: the receiver sorts.
    const sorted = receiver.received
      .toSorted(() => 0.5 - Math.random())
      .toSorted((a, b) => placeOf(a)[0] - placeOf(b)[0] || placeOf(a)[1] - placeOf(b)[1]);
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
  });
});

describeWithRedis('events that wait in a Redis which loses them', () => {
  it('are told again by whoever made them', async () => {
    const redis = new OwnRedis();
    await redis.start();
    const receiver = await startReceiver();
    receiver.behaviour.status = 503;
    const replicas = await startReplicas([redis.url], {
      EVENTS_WEBHOOK_URL: receiver.url,
      EVENTS_WEBHOOK_SIGNING_KEY: KEY,
    });
    const client = await replicas.replicas[0]?.as();
    for (const userId of ['ada000000000', 'bruno0000000', 'wanda0000000'])
      await client
        ?.post(`/api/organizations/${ORGANIZATION}/members`)
        .send({ members: [{ userId, organizationRoleNames: ['guest'] }] })
        .expect(201);
    await until('the receiver was asked', () => receiver.received.length > 0);
    await redis.stop();
    await redis.start();
    receiver.received.length = 0;
    receiver.behaviour.status = 204;
    await until(
      'all have arrived',
      () => new Set(receiver.received.map(({ event }) => event.eventId)).size === 3,
      20_000,
    );
    await replicas.close();
    await receiver.close();
    await redis.stop();
  });
});
