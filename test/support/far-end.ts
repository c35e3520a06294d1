import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { FROM_UPSTREAM, type ReadRequest, type UpstreamReply, type WriteRequest } from '../../src/upstream/exchange.js';
import { Payload } from '../../src/upstream/payload.js';

/** An answer of Logto as a stage gets it from the next one: JSON unless bytes are given. */
export const replyOf = (
  value: unknown,
  more: Partial<Omit<UpstreamReply, 'payload'>> & { readonly bytes?: string } = {},
): UpstreamReply => {
  const { bytes, ...rest } = more;
  const payload = bytes === undefined ? Payload.of(value) : new Payload(Buffer.from(bytes));
  const plain = { status: 200, contentType: 'application/json', total: undefined, retryAfterS: undefined };
  return { ...plain, provenance: FROM_UPSTREAM, ...rest, payload };
};

export const readOf = (path: string, more: Partial<ReadRequest> = {}): ReadRequest => ({
  method: 'GET',
  path,
  freshness: { name: 'test', policy: 'members' },
  tags: ['a'],
  ...more,
});

export const writeOf = (path: string, more: Partial<WriteRequest> = {}): WriteRequest => ({
  method: 'PATCH',
  path,
  body: {},
  invalidates: ['a'],
  ...more,
});

/** A promise that is settled from outside. */
export function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Waits until something is so; says what it waited for when it never is. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms for nothing: ${what}`);
    await pause(2);
  }
}

/** A small server that answers as the test says, for what a sandbox would never send. */
export async function startServer(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
