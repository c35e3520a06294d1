import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { until } from './far-end.js';

const CHANNEL = 'http.server.request.start';

/** Waits until a server of this process has received this many more requests for a path, answered or not. */
export async function untilArrived(count: number, url: string): Promise<void> {
  const { host, pathname } = new URL(url);
  let arrived = 0;
  const onRequest = (message: unknown): void => {
    const { request } = message as { readonly request: IncomingMessage };
    if (request.headers.host === host && request.url === pathname) arrived += 1;
  };
  subscribe(CHANNEL, onRequest);
  try {
    await until(`${count} requests for ${pathname}`, () => arrived >= count);
  } finally {
    unsubscribe(CHANNEL, onRequest);
  }
}
