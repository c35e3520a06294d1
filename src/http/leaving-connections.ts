import type { Server } from 'node:http';

/** How often connections are looked through while the last requests are answered. */
const EVERY_MS = 50;

/** From now on every answer ends its connection, so that the next request goes to somebody else. */
export function closeAfterAnswers(server: Server): void {
  server.prependListener('request', (_request, response) => {
    response.setHeader('Connection', 'close');
  });
}

/**
 * Closes connections that fall idle until `work` is done. An answer begun before `closeAfterAnswers` promised to keep its
 * connection, and Node would wait for its other end to let go.
 */
export async function withoutIdleConnections(server: Server, work: Promise<void>): Promise<void> {
  const sweeping = setInterval(() => server.closeIdleConnections(), EVERY_MS);
  try {
    await work;
  } finally {
    clearInterval(sweeping);
  }
}
