import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readOf, startServer, until, writeOf } from '../../test/support/far-end.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { contextOf } from '../../test/support/request-context.js';
import { withRequestContext } from '../core/request-context.js';
import { timeout } from './stages/timeout.stage.js';
import { Transport } from './transport.js';
import { UpstreamFault } from '../core/faults.js';

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

  it('returns status, content type, total and bytes unchanged', async () => {
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

  it.each(['-1', '1.5', 'many', ''])('ignores a Total-Number of %p', async (total) => {
    answer = (response) => response.writeHead(200, { 'total-number': total }).end('[]');
    expect((await transport.exchange(readOf('/x'))).total).toBeUndefined();
  });

  it('asks for JSON in English', async () => {
    answer = (response) => response.end();
    await transport.exchange(readOf('/x'));
    expect(received[0]?.headers).toMatchObject({ accept: 'application/json', 'accept-language': 'en' });
    expect(received[0]?.headers).not.toHaveProperty('content-type');
    expect(received[0]?.headers).not.toHaveProperty('traceparent');
  });

  it('passes on the trace context of the request', async () => {
    answer = (response) => response.end();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await withRequestContext(contextOf({ traceparent }), () => transport.exchange(readOf('/x')));
    expect(received[0]?.headers['traceparent']).toBe(traceparent);
  });

  it('sends JSON with its content type', async () => {
    answer = (response) => response.writeHead(204).end();
    await transport.exchange(writeOf('/x', { method: 'PUT', body: { organizationRoleIds: [] } }));
    expect(received).toMatchObject([
      { method: 'PUT', body: '{"organizationRoleIds":[]}', headers: { 'content-type': 'application/json' } },
    ]);
  });

  it('sends URLSearchParams as a form', async () => {
    answer = (response) => response.end();
    await transport.exchange(writeOf('/x', { method: 'POST', body: new URLSearchParams({ scope: 'a b' }) }));
    expect(received).toMatchObject([
      { body: 'scope=a+b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ]);
  });

  it('prefixes every path with the path of the endpoint', async () => {
    answer = (response) => response.end();
    const below = new Transport({ endpoint: `${server.url}/logto/`, connections: 1, maxBytes: 1000 });
    await below.exchange(readOf('/api/x'));
    await below.close();
    expect(received[0]?.url).toBe('/logto/api/x');
  });

  it('stops reading an endless body at the limit', async () => {
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

  it('accepts a body of exactly the limit', async () => {
    answer = (response) => response.end('x'.repeat(1000));
    expect((await transport.exchange(readOf('/x'))).payload.bytes).toHaveLength(1000);
  });

  it.each([
    ['read', readOf('/x?q=secret'), { code: 'upstream.error', options: { wrote: false, lost: 'after' } }],
    ['write', writeOf('/x?q=secret'), { code: 'upstream.timeout', options: { wrote: true, lost: 'after' } }],
  ])('reports whether a %s whose connection breaks may have taken effect', async (_what, request, expected) => {
    answer = (_response, { socket }) => socket.resetAndDestroy();
    const error = await transport.exchange(request).catch((reason: unknown) => reason);
    expect(error).toMatchObject(expected);
    expect(String(error)).not.toContain('secret');
  });

  it('fails when the connection closes in the middle of a body', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    };
    await expect(transport.exchange(readOf('/x'))).rejects.toMatchObject({ code: 'upstream.error' });
  });

  it('reports that a write was never sent when the connection is refused', async () => {
    const gone = await startServer(() => undefined);
    await gone.close();
    const nowhere = new Transport({ endpoint: gone.url, connections: 1, maxBytes: 1000 });
    const error = await nowhere.exchange(writeOf('/x')).catch((reason: unknown) => reason);
    await nowhere.close();
    expect(error).toMatchObject({ code: 'upstream.unavailable', options: { lost: 'before' } });
    expect((error as UpstreamFault).options.wrote).toBeFalsy();
  });

  it('reports that a write was never sent while it waited for a connection', async () => {
    answer = () => undefined;
    const narrow = new Transport({ endpoint: server.url, connections: 1, maxBytes: 1000 });
    const clock = new ManualClock();
    const first = timeout(100, clock)(narrow.exchange)(readOf('/x')).catch((reason: unknown) => reason);
    await until('the first is there', () => received.length === 1);
    const waiting = timeout(30, clock)(narrow.exchange)(writeOf('/x')).catch((reason: unknown) => reason);
    await clock.advance(30);
    expect(await waiting).toMatchObject({ code: 'upstream.timeout', options: { wrote: false } });
    await clock.advance(70);
    await first;
    await narrow.close();
    expect(received).toHaveLength(1);
  });

  it('reports that an aborted write may have taken effect', async () => {
    answer = () => undefined;
    const reason = new UpstreamFault('upstream.timeout', 'the deadline');
    const controller = new AbortController();
    const outcome = transport
      .exchange({ ...writeOf('/x'), signal: controller.signal })
      .catch((error: unknown) => error);
    await until('the write to arrive', () => received.length === 1);
    controller.abort(reason);
    expect(await outcome).toMatchObject({ code: 'upstream.timeout', options: { wrote: true } });
  });

  it('returns Logto’s ETag and the encoding of the body', async () => {
    answer = (response) => response.writeHead(200, { etag: '"abc"', 'content-encoding': 'gzip' }).end('x');
    expect(await transport.exchange(readOf('/x'))).toMatchObject({ etag: '"abc"', encoding: 'gzip' });
  });

  it('aborts when the signal fires in the middle of a body', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
    };
    const clock = new ManualClock();
    const outcome = timeout(50, clock)(transport.exchange)(readOf('/x')).catch((reason: unknown) => reason);
    await until('the first half', () => received.length === 1);
    await clock.advance(50);
    expect(await outcome).toMatchObject({ code: 'upstream.timeout' });
  });
});
