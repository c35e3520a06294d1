import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { FROM_UPSTREAM, type ReadRequest, type UpstreamReply, type WriteRequest } from '../../src/core/exchange.js';
import { Payload } from '../../src/core/payload.js';

/** Logto's reply as a stage gets it from the next one: JSON unless bytes are given. */
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

/** A promise with its resolve and reject functions. */
export function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Waits until a condition is met. Fails with the description of the condition after the limit. */
export async function until(
  condition: string,
  isMet: () => boolean | Promise<boolean>,
  limitMs = 10_000,
): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await isMet())) {
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain until: ${condition}`);
    await pause(2);
  }
}

/** Starts a server with the test's own handler, for responses that the sandbox cannot send. */
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
