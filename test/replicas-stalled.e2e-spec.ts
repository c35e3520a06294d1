// Longer than most: processes and proxies are started once for all tests.
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../src/sandbox/sandbox.js';
import { deferred, until } from './support/far-end.js';
import { describeWithRedis, REDIS_URL } from './support/redis.js';
import { random, seeded } from './support/seed.js';
import { type Replica, type Replicas, startReplicas } from './support/start-replicas.js';
import { startProcess, type Started, transpile } from './support/start-process.js';
import { TcpProxy } from './support/tcp-proxy.js';
import { Tokens } from './support/tokens.js';

const ROUNDS = 5;

const descriptionsIn = (text: string): string[] =>
  [...text.matchAll(/"description":"([^"]*)"/g)].map(([, description = '']) => description);

/** A connection with HTTP pipelining: a request does not wait for the previous response. */
class PipeliningClient {
  readonly #socket: Socket;
  #text = '';

  constructor(url: string) {
    this.#socket = connect(Number(new URL(url).port), '127.0.0.1');
    this.#socket.setEncoding('utf8').on('data', (text: string) => (this.#text += text));
  }

  ask(path: string, token: string): void {
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  }

  /** Waits for this many responses, and returns the description in the last one. */
  async last(count: number): Promise<string> {
    await until(`${count} responses`, () => descriptionsIn(this.#text).length === count);
    const last = descriptionsIn(this.#text).at(-1) ?? '';
    this.#text = '';
    return last;
  }

  end(): void {
    this.#socket.destroy();
  }
}

describeWithRedis('replicas in separate processes', () => {
  let program: ReturnType<typeof transpile>;
  let logto: Sandbox;
  let tokens: Tokens;
  let token: string;
  let here: Started;
  let there: Started;
  let path: string;

  const start = async (): Promise<Started> => {
    const { gateway } = logto.demo.clients;
    const started = await startProcess(program.main, {
      env: {
        LOGTO_ENDPOINT: logto.url,
        LOGTO_CLIENT_ID: gateway.id,
        LOGTO_CLIENT_SECRET: gateway.secret,
        AUTH_AUDIENCE: logto.audience,
        REDIS_URL,
        LOG_LEVEL: 'error',
        // A write of a crashed replica counts as ended two seconds after this.
        UPSTREAM_DEADLINE_MS: '1500',
        // A process that was stopped has a late event loop, and would shed load afterwards.
        OVERLOAD_DELAY_MS: '0',
      },
    });
    await until('the replica to be synced', async () => {
      const health = await fetch(`${started.url()}/health/ready`);
      return (await health.text()).includes('"sync":"synced"');
    });
    return started;
  };

  const read = async (replica: Started): Promise<Response> =>
    fetch(replica.url() + path, { headers: { authorization: `Bearer ${token}` } });

  const write = async (replica: Started, description: string): Promise<void> => {
    const { status } = await fetch(replica.url() + path, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ description }),
    });
    expect(status).toBe(200);
  };

  const isCached = async (replica: Started): Promise<boolean> => {
    const { headers } = await read(replica);
    return headers.get('cache-status')?.startsWith('org-gateway; hit') === true;
  };

  beforeAll(async () => {
    program = transpile();
    logto = await startSandbox();
    tokens = new Tokens(logto);
    token = await tokens.service();
    [here, there] = await Promise.all([start(), start()]);
  });
  beforeEach(async () => {
    const { json } = await tokens.api('POST', '/api/organizations', { name: 'Shared', description: 'before' });
    path = `/api/organizations/${(json as { id: string }).id}`;
  });
  afterAll(async () => {
    for (const { child } of [here, there]) child.kill('SIGKILL');
    await logto.close();
    program.remove();
  });

  it(
    `answer nothing stale after they were stopped, ${ROUNDS} times for a random time`,
    seeded(async () => {
      // The process receives the requests from after the write together with those from before it.
      const clients = Array.from({ length: 4 }, () => new PipeliningClient(there.url()));
      const old: string[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        await until('the reply to be cached', () => isCached(there));
        const stoppedMs = Math.round(20 + random() * 780);
        there.child.kill('SIGSTOP');
        for (const client of clients) client.ask(path, token);
        const stopped = pause(stoppedMs).then(() => there.child.kill('SIGCONT'));
        await write(here, `round ${round}`);
        for (const client of clients) client.ask(path, token);
        const asked = Array.from({ length: 20 }, async () => (await read(there)).text());
        await stopped;
        const seen = [
          ...(await Promise.all(clients.map((client) => client.last(2)))),
          ...(await Promise.all(asked)).flatMap(descriptionsIn),
        ];
        expect(seen).toHaveLength(24);
        for (const description of seen)
          if (description !== `round ${round}`) old.push(`${description} in round ${round}, after ${stoppedMs} ms`);
      }
      for (const client of clients) client.end();
      expect(old).toEqual([]);
    }),
  );

  it('answer a write while another one is stopped, which answers nothing stale when it continues', async () => {
    await until('the reply to be cached', () => isCached(there));
    there.child.kill('SIGSTOP');
    for (const description of ['one', 'two', 'three']) await write(here, description);
    there.child.kill('SIGCONT');
    expect(await (await read(there)).json()).toMatchObject({ description: 'three' });
  });

  it('answer a write after others were killed or have shut down', async () => {
    const [killed, ended] = await Promise.all([start(), start()]);
    await write(here, 'with them');
    killed.child.kill('SIGKILL');
    ended.child.kill('SIGTERM');
    await Promise.all([killed.ended, ended.ended]);
    await write(here, 'without them');
    expect(await (await read(there)).json()).toMatchObject({ description: 'without them' });
  });

  it('take the write of a killed replica as ended, and answer nothing that it may have invalidated', async () => {
    const crashing = await start();
    await until('the reply to be cached', () => isCached(there));
    logto.forget();
    logto.faults.add({ method: 'PATCH', holdMs: 60_000 });
    const lost = write(crashing, 'written before the crash').catch(() => undefined);
    await until('the write to reach Logto', () => logto.requests.some(({ method }) => method === 'PATCH'));
    crashing.child.kill('SIGKILL');
    await crashing.ended;
    await lost;
    logto.faults.clear();
    expect(await (await read(there)).json()).toMatchObject({ description: 'written before the crash' });
    await until('replies to be cached again', () => isCached(there), 20_000);
    expect(await (await read(there)).json()).toMatchObject({ description: 'written before the crash' });
  });
});

describeWithRedis('a replica with a slow connection to Redis', () => {
  const wire = new TcpProxy(Number(new URL(REDIS_URL).port));
  let fleet: Replicas;
  let here: Replica;
  let there: Replica;
  let path: string;

  beforeAll(async () => {
    await wire.start();
    fleet = await startReplicas([REDIS_URL, `redis://127.0.0.1:${wire.port}`]);
    [here, there] = fleet.replicas as [Replica, Replica];
  });
  beforeEach(async () => {
    const { json } = await fleet.tokens.api('POST', '/api/organizations', { name: 'Shared', description: 'before' });
    path = `/api/organizations/${(json as { id: string }).id}`;
    fleet.sandbox.forget();
  });
  afterEach(async () => {
    fleet.sandbox.faults.clear();
    wire.heal();
    await there.untilSynced();
  });
  afterAll(async () => {
    await fleet.close();
    await wire.close();
  });

  // A poll may take 50 ms: with the first two delays the replica is synced, with the others it asks Logto.
  it.each([5, 15, 30, 100])('(%i ms) answers nothing stale, nor delays the writes of others', async (late) => {
    const [writer, reader] = [await here.as(), await there.as()];
    await reader.get(path).expect(200);
    wire.delayMs = late;
    for (const turn of [1, 2, 3]) {
      const description = `${late} ms late, ${turn}`;
      await writer.patch(path).send({ description }).expect(200);
      const answers = await Promise.all(Array.from({ length: 10 }, () => reader.get(path).expect(200)));
      expect(answers.filter(({ body }) => body.description !== description)).toEqual([]);
    }
  });

  it('does not answer a read after a write with the reply to a read from before it', async () => {
    const [writer, reader] = [await here.as(), await there.as()];
    wire.delayMs = 60;
    const released = deferred<void>();
    fleet.sandbox.faults.add({ method: 'GET', path: new RegExp(`${path}$`), holdUntil: released.promise, times: 1 });
    const slow = reader.get(path).then(({ body }) => (body as { description: string }).description);
    await until('the first call', () => fleet.upstreamCalls().includes(`GET ${path}`));
    await writer.patch(path).send({ description: 'meanwhile' }).expect(200);
    const { body } = await reader.get(path).expect(200);
    expect(body.description).toBe('meanwhile');
    released.resolve();
    expect(await slow).toBe('before');
  });

  it('reports that it is alone when it is cut off, still sees the writes of others, and learns of them at once when it is connected again', async () => {
    const [writer, reader] = [await here.as(), await there.as()];
    await reader.get(path).expect(200);
    wire.refuse();
    await until('the replica to be alone', async () => (await there.health('cache'))['sync'] === 'alone');
    expect((await reader.get('/metrics').expect(200)).text).toContain('gateway_alone 1');
    await reader.get('/health/ready').expect(200);
    await writer.patch(path).send({ description: 'meanwhile' }).expect(200);
    const isSeen = async () => (await reader.get(path).expect(200)).body.description === 'meanwhile';
    await until('the write to be seen', isSeen);
    await writer.patch(path).send({ description: 'at the end' }).expect(200);
    wire.heal();
    await there.untilSynced();
    expect((await reader.get(path).expect(200)).body.description).toBe('at the end');
    expect((await reader.get('/metrics').expect(200)).text).toContain('gateway_alone 0');
  });
});
