import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';

/**
 * Puts a way to answer in front of what a server does with requests so far, which has all those it leaves.
 * @param serve answers, or does nothing and says so
 * @param onPending told of an answer that is under way
 */
export function serveInFront(
  server: Server,
  serve: (request: IncomingMessage, response: ServerResponse) => boolean,
  onPending: (response: ServerResponse) => void,
): void {
  const behind = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (serve(request, response)) {
      // It is not over while the socket has not taken it all.
      if (!response.writableEnded || response.writableLength > 0) onPending(response);
      return;
    }
    for (const listener of behind) listener.call(server, request, response);
  });
}
