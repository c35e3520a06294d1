import { request } from 'node:http';
import { jest } from '@jest/globals';
import { outlasts } from '../support/outlasts.js';
import { type Client, startWithClient } from './logto-client.js';

let client: Client;
beforeAll(async () => {
  client = await startWithClient();
});
afterAll(() => client.sandbox.close());
afterEach(() => {
  client.sandbox.faults.clear();
  jest.restoreAllMocks();
});
const path = '/api/organizations/studio000000';
const get = () => client.call('GET', path);

it('answers instead of Logto, after skipped calls and for a number of calls', async () => {
  client.sandbox.faults.add({
    method: 'GET',
    path: /studio/,
    skip: 1,
    times: 2,
    status: 429,
    headers: { 'retry-after': '1' },
    body: 'slow down',
  });
  const statuses = [];
  for (let i = 0; i < 4; i++) statuses.push((await get()).status);
  expect(statuses).toEqual([200, 429, 429, 200]);
  expect((await client.call('DELETE', '/api/organizations/studio')).status).toBe(404);
});

it('affects only matching calls, until the rule is removed', async () => {
  const end = client.sandbox.faults.add({ path: /\?page=2/, status: 503 });
  expect((await get()).status).toBe(200);
  expect((await client.call('GET', `${path}?page=2`)).status).toBe(503);
  end();
  expect((await client.call('GET', `${path}?page=2`)).status).toBe(200);
});

it.each([
  ['before', 0],
  ['after', 1],
] as const)('resets the connection %s Logto has handled the call', async (reset, created) => {
  const name = `reset ${reset}`;
  client.sandbox.faults.add({ method: 'POST', reset });
  await expect(client.call('POST', '/api/organizations', { json: { name } })).rejects.toThrow(/hang up|ECONNRESET/);
  expect(client.sandbox.requests.at(-1)?.status).toBe(0);
  expect(await client.api('GET', `/organizations?q=${encodeURIComponent(name)}`)).toHaveLength(created);
});

it('truncates a body', async () => {
  client.sandbox.faults.add({ cut: 10 });
  await expect(get()).rejects.toThrow(/aborted|ECONNRESET/);
});

it('garbles a body', async () => {
  client.sandbox.faults.add({ garble: true });
  await expect(get()).rejects.toThrow(/JSON/);
});

it('delays a response', async () => {
  client.sandbox.faults.add({ delayMs: 30, times: 1 });
  expect(await outlasts(30, get)).toBe(true);
});

it('sends headers without a body', async () => {
  client.sandbox.faults.add({ cut: 0 });
  await expect(get()).rejects.toThrow(/aborted|ECONNRESET/);
});

it('sends a body slowly', async () => {
  client.sandbox.faults.add({ dripMs: 1, status: 200, body: '[1,2,3]' });
  expect(await outlasts(6, get)).toBe(true);
});

it('sends a gzip bomb', async () => {
  client.sandbox.faults.add({ bomb: 10_000_000, status: 200 });
  const { headers } = await get();
  expect(headers).toMatchObject({ 'content-encoding': 'gzip' });
  expect(Number(headers['content-length'])).toBeLessThan(20_000);
});

it('counts against a quota, and lets calls pass again when its time is over', async () => {
  const clock = jest.spyOn(performance, 'now').mockReturnValue(5000);
  client.sandbox.faults.add({ quota: { calls: 2, windowMs: 1000 } });
  const statuses = [(await get()).status, (await get()).status, (await get()).status];
  expect(statuses).toEqual([200, 200, 429]);
  clock.mockReturnValue(5999);
  expect((await get()).status).toBe(429);
  clock.mockReturnValue(6000);
  expect((await get()).status).toBe(200);
});

/** Reads until `enough` bytes have arrived, or fails when nothing has come for `silenceMs`. */
const readSome = (enough: number, silenceMs: number) =>
  new Promise<number>((resolve, reject) => {
    const headers = { authorization: `Bearer ${client.management}` };
    const outgoing = request(`${client.sandbox.url}${path}`, { headers }, (incoming) => {
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size < enough) return;
        incoming.destroy();
        resolve(size);
      });
    });
    outgoing.on('error', reject);
    outgoing.setTimeout(silenceMs, () => outgoing.destroy(new Error('silence')));
    outgoing.end();
  });

it('never ends a body', async () => {
  client.sandbox.faults.add({ endless: true });
  expect(await readSome(2_000_000, 10_000)).toBeGreaterThanOrEqual(2_000_000);
});

it('never answers', async () => {
  client.sandbox.faults.add({ hang: true });
  await expect(readSome(1, 100)).rejects.toThrow('silence');
});
