import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readOf, startServer, until, writeOf } from '../../test/support/far-end.js';
import { contextOf } from '../../test/support/request-context.js';
import { withRequestContext } from '../context/request-context.js';
import { timeout } from './stages/timeout.stage.js';
import { Transport } from './transport.js';
import { UpstreamFault } from './upstream-fault.js';

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe('transport', () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let transport: Transport;
  let received: Received[] = [];
  let answer: (response: ServerResponse, request: IncomingMessage) => void;

  beforeAll(async () => {
    server = await startServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url, headers } = request;
        received.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
        answer(response, request);
      });
    });
    transport = new Transport({ endpoint: server.url, connections: 2, maxBytes: 1000 });
  });
  afterEach(() => {
    received = [];
  });
  afterAll(async () => {
    await transport.close();
    await server.close();
  });

  it('gives status, type, count and bytes as they came', async () => {
    answer = (response) =>
      response
        .writeHead(404, { 'content-type': 'application/json; charset=utf-8', 'total-number': '45', 'retry-after': '7' })
        .end('{"a": 1 }');
    const reply = await transport.exchange(readOf('/api/x?page=1'));
    expect(reply).toMatchObject({
      status: 404,
      contentType: 'application/json; charset=utf-8',
      total: 45,
      retryAfterS: 7,
    });
    expect(reply.payload.bytes.toString()).toBe('{"a": 1 }');
    expect(received).toMatchObject([{ method: 'GET', url: '/api/x?page=1', body: '' }]);
  });

  it.each(['-1', '1.5', 'many', ''])('does not count with a Total-Number of %p', async (total) => {
    answer = (response) => response.writeHead(200, { 'total-number': total }).end('[]');
    expect((await transport.exchange(readOf('/x'))).total).toBeUndefined();
  });

  it('asks for JSON in English, whoever is asking', async () => {
    answer = (response) => response.end();
    await transport.exchange(readOf('/x'));
    expect(received[0]?.headers).toMatchObject({ accept: 'application/json', 'accept-language': 'en' });
    expect(received[0]?.headers).not.toHaveProperty('content-type');
    expect(received[0]?.headers).not.toHaveProperty('traceparent');
  });

  it('passes the trace of the request on', async () => {
    answer = (response) => response.end();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await withRequestContext(contextOf({ traceparent }), () => transport.exchange(readOf('/x')));
    expect(received[0]?.headers['traceparent']).toBe(traceparent);
  });

  it('sends JSON, and always says so', async () => {
    answer = (response) => response.writeHead(204).end();
    await transport.exchange(writeOf('/x', { method: 'PUT', body: { organizationRoleIds: [] } }));
    expect(received).toMatchObject([
      { method: 'PUT', body: '{"organizationRoleIds":[]}', headers: { 'content-type': 'application/json' } },
    ]);
  });

  it('sends forms for the token endpoint', async () => {
    answer = (response) => response.end();
    await transport.exchange(writeOf('/x', { method: 'POST', body: new URLSearchParams({ scope: 'a b' }) }));
    expect(received).toMatchObject([
      { body: 'scope=a+b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ]);
  });

  it('keeps a path in Logto’s address in front of every request’s', async () => {
    answer = (response) => response.end();
    const below = new Transport({ endpoint: `${server.url}/logto/`, connections: 1, maxBytes: 1000 });
    await below.exchange(readOf('/api/x'));
    await below.close();
    expect(received[0]?.url).toBe('/logto/api/x');
  });

  it('reads no more than it may, even of an answer without end', async () => {
    answer = (response) => {
      const more = () => {
        while (!response.destroyed && response.write(' '.repeat(1000)));
      };
      response.on('drain', more);
      more();
    };
    await expect(transport.exchange(readOf('/x'))).rejects.toMatchObject({
      code: 'upstream.invalid_response',
      message: '/x was answered with more than 1000 bytes',
    });
  });

  it('takes an answer of exactly as much as it may read', async () => {
    answer = (response) => response.end('x'.repeat(1000));
    expect((await transport.exchange(readOf('/x'))).payload.bytes).toHaveLength(1000);
  });

  it.each([
    ['read', readOf('/x?q=secret'), { code: 'upstream.error', options: { wrote: false, lost: 'after' } }],
    ['write', writeOf('/x?q=secret'), { code: 'upstream.timeout', options: { wrote: true, lost: 'after' } }],
  ])('says of a %s whose connection breaks whether it may have happened', async (_what, request, expected) => {
    answer = (_response, { socket }) => socket.resetAndDestroy();
    const error = await transport.exchange(request).catch((reason: unknown) => reason);
    expect(error).toMatchObject(expected);
    expect(String(error)).not.toContain('secret');
  });

  it('fails when the answer is cut', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    };
    await expect(transport.exchange(readOf('/x'))).rejects.toMatchObject({ code: 'upstream.error' });
  });

  it('knows that a write never left when there is nobody to connect to', async () => {
    const gone = await startServer(() => undefined);
    await gone.close();
    const nowhere = new Transport({ endpoint: gone.url, connections: 1, maxBytes: 1000 });
    const error = await nowhere.exchange(writeOf('/x')).catch((reason: unknown) => reason);
    await nowhere.close();
    expect(error).toMatchObject({ code: 'upstream.unavailable', options: { lost: 'before' } });
    expect((error as UpstreamFault).options.wrote).toBeFalsy();
  });

  it('knows that a write never left while it waited for a connection', async () => {
    answer = () => undefined;
    const narrow = new Transport({ endpoint: server.url, connections: 1, maxBytes: 1000 });
    const first = timeout(100)(narrow.exchange)(readOf('/x')).catch((reason: unknown) => reason);
    const waiting = await timeout(30)(narrow.exchange)(writeOf('/x')).catch((reason: unknown) => reason);
    expect(waiting).toMatchObject({ code: 'upstream.timeout', options: { wrote: false } });
    await narrow.close();
    await first;
    expect(received).toHaveLength(1);
  });

  it('knows that a write that is cut short may have happened', async () => {
    answer = () => undefined;
    const late = new UpstreamFault('upstream.timeout', 'the deadline');
    const controller = new AbortController();
    const cut = transport.exchange({ ...writeOf('/x'), signal: controller.signal }).catch((reason: unknown) => reason);
    await until('the write is there', () => received.length === 1);
    controller.abort(late);
    expect(await cut).toMatchObject({ code: 'upstream.timeout', options: { wrote: true } });
  });

  it('keeps Logto’s validator, and says how the body is encoded', async () => {
    answer = (response) => response.writeHead(200, { etag: '"abc"', 'content-encoding': 'gzip' }).end('x');
    expect(await transport.exchange(readOf('/x'))).toMatchObject({ etag: '"abc"', encoding: 'gzip' });
  });

  it('ends when it is told to, also in the middle of an answer', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
    };
    await expect(timeout(50)(transport.exchange)(readOf('/x'))).rejects.toMatchObject({ code: 'upstream.timeout' });
  });
});
