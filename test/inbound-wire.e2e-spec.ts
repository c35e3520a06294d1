import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from './support/far-end.js';
import { recordWays } from './support/record-ways.js';
import { type Running, startGateway } from './support/start-gateway.js';
import { Wire, type WireAnswer } from './support/wire.js';

const travel = '/api/organizations/fernweh00000';
const nowhere = '/api/organizations/nosuchorg000';

interface Organization {
  readonly id: string;
  readonly name: string;
  readonly customData: unknown;
}

describe('answers on the wire', () => {
  let running: Running;
  let token: string;
  /** Its answer is remembered. */
  let warm: string;
  /** It was never read. */
  let cold: string;
  const open = new Set<Wire>();
  const ways = recordWays();

  const make = async (body: object): Promise<string> => {
    const { json } = await running.tokens.api('POST', '/api/organizations', body);
    return `/api/organizations/${(json as Organization).id}`;
  };
  const wireTo = async (url = running.gateway.url): Promise<Wire> => {
    const wire = await Wire.to(url);
    open.add(wire);
    return wire;
  };
  const head = (path: string, lines: readonly string[] = [], version = '1.1'): string =>
    [`GET ${path} HTTP/${version}`, 'Host: gateway', `Authorization: Bearer ${token}`, ...lines, '', ''].join('\r\n');
  const ask = (wire: Wire, path: string, lines: readonly string[] = []): Promise<WireAnswer> => {
    wire.send(head(path, lines));
    return wire.next();
  };
  const organizationIn = ({ body }: WireAnswer) => JSON.parse(body.toString()) as Organization;
  const wayOf = ({ headers }: WireAnswer) => ways.of(headers['X-Request-Id'] ?? '');
  const repeats = async (): Promise<number> => {
    const { text } = await running.anonymous().get('/metrics');
    return Number(/gateway_answers_total\{by="remembered"\} (\d+)/.exec(text)?.[1] ?? 0);
  };

  beforeAll(async () => {
    running = await startGateway({ EDGE: 'on' }, { layers: ways.layers });
    token = await running.tokens.service();
    await (await running.as(token)).get('/api/nothing');
  });
  beforeEach(async () => {
    warm = await make({ name: 'Wärme 漢字 🔥' });
    cold = await make({ name: 'Kälte 漢字 ❄️' });
    const wire = await wireTo();
    for (let turn = 0; turn < 2; turn += 1) await ask(wire, warm);
  });
  afterEach(() => {
    for (const { socket } of open) socket.destroy();
    open.clear();
    running.sandbox.faults.clear();
    running.sandbox.latencyMs = 0;
  });
  afterAll(() => running.close());

  it('have the order of requests that came in one packet, and are complete', async () => {
    running.sandbox.latencyMs = 50;
    const before = await repeats();
    const wire = await wireTo();
    wire.send([warm, cold, warm, nowhere, warm].map((path) => head(path)).join(''));
    const answers: WireAnswer[] = [];
    for (let count = 0; count < 5; count += 1) answers.push(await wire.next());
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404, 200]);
    const [first, second, third, fourth, fifth] = answers as [WireAnswer, ...WireAnswer[]];
    for (const answer of [first, third, fifth]) expect(organizationIn(answer as WireAnswer).name).toBe('Wärme 漢字 🔥');
    expect(organizationIn(second as WireAnswer).name).toBe('Kälte 漢字 ❄️');
    expect(JSON.parse(String(fourth?.body))).toMatchObject({ status: 404, instance: nowhere });
    expect(answers.map(wayOf)).toEqual(['remembered', 'dispatch', 'remembered', 'dispatch', 'remembered']);
    expect((await repeats()) - before).toBe(3);
  });

  it('do not depend on the order of warm, cold, unchanged and invalid requests on one connection', async () => {
    const wire = await wireTo();
    const asked = [warm, cold, nowhere, warm, cold, `${travel}/users?page=0`, warm, nowhere, `${cold}/users`, warm];
    for (const path of asked) {
      const { status, headers, body } = await ask(wire, path);
      expect([path, status]).toEqual([path, path === nowhere ? 404 : path.includes('page=0') ? 400 : 200]);
      if (status === 200) expect(headers['Content-Length']).toBe(String(body.length));
      expect(() => JSON.parse(body.toString()) as unknown).not.toThrow();
      expect(headers).toMatchObject({ Connection: 'keep-alive', 'Keep-Alive': 'timeout=5' });
      if (status !== 200) continue;
      const unchanged = await ask(wire, path, [`If-None-Match: ${headers['ETag']}`]);
      expect([unchanged.status, unchanged.body.length, unchanged.headers['ETag']]).toEqual([304, 0, headers['ETag']]);
      expect(unchanged.headers).not.toHaveProperty('Content-Length');
      expect(unchanged.headers).not.toHaveProperty('Content-Type');
    }
  });

  it('have a well-formed head, and no header twice', async () => {
    const wire = await wireTo();
    for (const [path, line] of [
      [warm, 'HTTP/1.1 200 OK'],
      [cold, 'HTTP/1.1 200 OK'],
      [nowhere, 'HTTP/1.1 404 Not Found'],
    ] as const) {
      const { statusLine, headers } = await ask(wire, path);
      expect(statusLine).toBe(line);
      expect(new Set(Object.keys(headers).map((name) => name.toLowerCase())).size).toBe(Object.keys(headers).length);
      expect(headers['Date']).toBe(new Date(headers['Date'] ?? '').toUTCString());
      expect(Math.abs(Date.parse(headers['Date'] ?? '') - Date.now())).toBeLessThan(2000);
    }
  });

  it.each([
    ['HTTP/1.1 with Connection: close', ['Connection: close'], '1.1'],
    ['HTTP/1.0', [], '1.0'],
  ])('are complete before the connection of %s is closed', async (_what, lines, version) => {
    for (const path of [warm, cold, cold, nowhere, `${warm}/users`]) {
      const wire = await wireTo();
      wire.send(head(path, lines, version));
      const { status, headers, body } = await wire.next();
      expect([path, status]).toEqual([path, path === nowhere ? 404 : 200]);
      expect(headers['Connection']).toBe('close');
      expect(headers).not.toHaveProperty('Keep-Alive');
      expect(() => JSON.parse(body.toString()) as unknown).not.toThrow();
      expect(await wire.rest()).toHaveLength(0);
    }
  });

  it('leave a connection of HTTP/1.0 open on request', async () => {
    const wire = await wireTo();
    for (const path of [warm, cold, warm]) {
      wire.send(head(path, ['Connection: keep-alive'], '1.0'));
      const { status, headers } = await wire.next();
      expect([status, headers['Connection']]).toEqual([200, 'keep-alive']);
    }
  });

  it('close the connection when the last of several requests asks for it', async () => {
    const wire = await wireTo();
    wire.send(head(warm) + head(cold) + head(warm, ['Connection: close']));
    const connections: (string | undefined)[] = [];
    for (let count = 0; count < 3; count += 1) connections.push((await wire.next()).headers['Connection']);
    expect(connections).toEqual(['keep-alive', 'keep-alive', 'close']);
    expect(await wire.rest()).toHaveLength(0);
  });

  /** Sizes that are written as one string, sizes that are not, and both sides of the limit. */
  it.each([0, 1100, 15_500, 15_900, 16_384, 20_000, 100_000])(
    'have intact non-ASCII text, with %i more bytes, compressed or not',
    async (size) => {
      const customData = { filler: 'ü漢🔥'.repeat(Math.ceil(size / 9)), é: '\u001f"\\\u2028ÿ' };
      const name = 'Zürich 漢字 🏔️ \u0080ÿ';
      const path = await make({ name, customData });
      const wire = await wireTo();
      const encodings = [
        ['identity', (bytes: Buffer) => bytes],
        ['gzip', gunzipSync],
        ['br', brotliDecompressSync],
      ] as const;
      for (const [encoding, unpack] of encodings) {
        const before = await repeats();
        const answers: WireAnswer[] = [];
        for (let turn = 0; turn < 3; turn += 1) answers.push(await ask(wire, path, [`Accept-Encoding: ${encoding}`]));
        for (const answer of answers) {
          const isPacked = answer.headers['Content-Encoding'] === encoding;
          expect(isPacked).toBe(encoding !== 'identity' && size > 1000);
          expect(JSON.parse((isPacked ? unpack(answer.body) : answer.body).toString())).toMatchObject({
            name,
            customData,
          });
          expect(wayOf(answer)).not.toBe('framework');
        }
        expect(answers[1]?.body.equals(answers[0]?.body ?? Buffer.alloc(0))).toBe(true);
        expect((await repeats()) - before).toBeGreaterThanOrEqual(2);
      }
    },
  );

  it('do not repeat header syntax in a request id', async () => {
    const wire = await wireTo();
    const { headers } = await ask(wire, warm, ['X-Request-Id: 12345678\tx: y']);
    expect(headers['X-Request-Id']).toMatch(/^[\da-f-]{36}$/);
  });

  describe('are recorded', () => {
    const lines = (): Record<string, unknown>[] =>
      running.logs
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter(({ msg }) => /^GET \d+$/.test(String(msg)));
    const counted = async (route: string, status: number): Promise<number> => {
      const { text } = await running.anonymous().get('/metrics');
      const series = `gateway_request_duration_seconds_count{method="GET",route="${route}",status="${status}"} `;
      return Number(
        text
          .split('\n')
          .find((line) => line.startsWith(series))
          ?.slice(series.length) ?? 0,
      );
    };

    it.each([
      ['/api/organizations/:id', 200, '{cold}'],
      ['/api/organizations/:id', 404, nowhere],
      ['/api/organizations/:id/users', 400, '{cold}/users?page=0'],
      ['/api/organizations/:id/users/:userId', 200, `${travel}/users/ada000000000`],
      ['/api/organizations/:id/overview', 200, '{cold}/overview'],
    ])('once in the log and once in the metrics: %s, %i', async (route, status, template) => {
      const path = template.replace('{cold}', cold);
      const before = await counted(route, status);
      running.logs.length = 0;
      const wire = await wireTo();
      const answer = await ask(wire, path, ['X-Request-Id: the-one-request']);
      expect([answer.status, wayOf(answer)]).toEqual([status, 'dispatch']);
      await until('the line is there', () => lines().length > 0);
      expect(await counted(route, status)).toBe(before + 1);
      expect(lines()).toEqual([
        expect.objectContaining({
          level: 'info',
          requestId: 'the-one-request',
          req: { method: 'GET', path: path.split('?')[0] },
          res: { status },
          caller: expect.objectContaining({ kind: 'service' }),
          responseTime: expect.any(Number),
          upstreamCalls: expect.any(Number),
          msg: `GET ${status}`,
        }),
      ]);
      expect(lines()[0]).not.toHaveProperty('aborted');
    });

    it('with the number of calls to Logto', async () => {
      running.logs.length = 0;
      const wire = await wireTo();
      for (let turn = 0; turn < 2; turn += 1) await ask(wire, cold);
      await until('the lines are there', () => lines().length === 2);
      expect(lines().map(({ upstreamCalls }) => upstreamCalls)).toEqual([1, 0]);
    });

    it('once in the log and not in the metrics when the client disconnects', async () => {
      const route = '/api/organizations/:id';
      const before = await counted(route, 200);
      running.logs.length = 0;
      running.sandbox.forget();
      running.sandbox.faults.add({ path: /organizations/, hang: true });
      const wire = await wireTo();
      wire.send(head(cold, ['X-Request-Id: disconnected']));
      await until('the call is in flight', () => running.upstreamCalls().length === 1);
      wire.socket.destroy();
      await until('the line is there', () => lines().length > 0);
      // A wrong count would be visible before this is answered.
      expect(await counted(route, 200)).toBe(before);
      expect(lines()).toEqual([
        expect.objectContaining({ requestId: 'disconnected', aborted: true, upstreamCalls: expect.any(Number) }),
      ]);
      expect(running.logs.filter((line) => /"level":"(warn|error)"/.test(line))).toEqual([]);
    });
  });
});

describe('a gateway that drains', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway({ EDGE: 'on' });
    await (await running.as()).get('/api/nothing');
  });
  afterAll(() => running.close());

  it('closes each connection after its next answer, remembered or not', async () => {
    const request = (path: string, token: string) =>
      `GET ${path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    const token = await running.tokens.service();
    const asked = [travel, `${travel}/users`, nowhere];
    const wires = await Promise.all(asked.map(() => Wire.to(running.gateway.url)));
    for (const wire of wires) {
      for (let turn = 0; turn < 3; turn += 1) {
        wire.send(request(travel, token));
        expect((await wire.next()).headers['Connection']).toBe('keep-alive');
      }
    }
    running.gateway.drain();
    for (const [index, wire] of wires.entries()) {
      wire.send(request(asked[index] ?? '', token));
      const { status, headers, body } = await wire.next();
      expect([status, headers['Connection']]).toEqual([asked[index] === nowhere ? 404 : 200, 'close']);
      expect(() => JSON.parse(body.toString()) as unknown).not.toThrow();
      expect(await wire.rest()).toHaveLength(0);
      wire.socket.destroy();
    }
  });
});

describe('a gateway that closes while a client reads slowly', () => {
  /** More than the buffers of both sockets hold, so the rest waits in the process. */
  const LARGE = 12 * 1024 * 1024;

  it.each([
    ['a remembered', 2],
    ['a new', 0],
  ])(
    'completes %s answer',
    async (_what, warmings) => {
      const running = await startGateway({ EDGE: 'on', UPSTREAM_MAX_BYTES: '20000000', CACHE_MAX_BYTES: '300000000' });
      const { gateway, sandbox, tokens } = running;
      const client = await running.as();
      await client.get('/api/nothing');
      const large = { ...(await client.get(travel)).body, customData: { filler: 'x'.repeat(LARGE) } } as object;
      const path = '/api/organizations/large0000000';
      sandbox.faults.add({
        path: /large0000000/,
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...large, id: 'large0000000' }),
      });
      const wire = await Wire.to(gateway.url);
      const request = `GET ${path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer ${await tokens.service()}\r\n\r\n`;
      for (let turn = 0; turn < warmings; turn += 1) {
        wire.send(request);
        await wire.next();
      }
      sandbox.forget();
      wire.socket.pause();
      wire.send(request);
      // The first bytes have arrived, so the answer has begun.
      await until('the answer has begun', async () => (wire.socket.resume(), await once(wire.socket, 'data'), true));
      wire.socket.pause();
      const closed = gateway.close();
      let isClosed = false;
      void closed.then(() => (isClosed = true));
      // Twenty times the interval at which unused connections are closed.
      await pause(1000);
      expect(isClosed).toBe(false);
      wire.socket.resume();
      const { status, body } = await wire.next();
      expect([status, body.length > LARGE]).toEqual([200, true]);
      expect(JSON.parse(body.toString())).toMatchObject({ id: 'large0000000' });
      await closed;
      wire.socket.destroy();
    },
    20_000,
  );
});
