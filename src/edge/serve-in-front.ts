import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';

/**
 * Puts a way to answer in front of what a server does with requests so far, which has all those it leaves.
 * @param serve writes the whole answer, or does nothing and says so
 * @param onPending told of an answer that is not sent yet though it is written
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
      // What the socket did not take at once is still on its way.
      if (response.writableLength > 0) onPending(response);
      return;
    }
    for (const listener of behind) listener.call(server, request, response);
  });
}
