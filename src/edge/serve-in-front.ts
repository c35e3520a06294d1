import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';

/**
 * Puts a way to answer in front of what a server does with requests so far, which has all those it leaves.
 * @param serve answers, or does nothing and says so
 */
export function serveInFront(
  server: Server,
  serve: (request: IncomingMessage, response: ServerResponse) => boolean,
): void {
  const behind = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (serve(request, response)) return;
    for (const listener of behind) listener.call(server, request, response);
  });
}
