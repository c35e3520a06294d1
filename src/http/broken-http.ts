import { randomUUID } from 'node:crypto';
import { type Server, STATUS_CODES } from 'node:http';
import { Problem } from './problem.js';
import type { ProblemKind } from './problems.js';

const KINDS: Record<string, readonly [ProblemKind, string]> = {
  HPE_HEADER_OVERFLOW: ['headers-too-large', 'The request line and headers may have 16 kB together.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request-timeout', 'The request did not arrive in time.'],
};

/** Answers what is no HTTP, or too much of it, with a problem too: Node would close the connection with a bare status. */
export function answerBrokenHttp(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const [kind, detail] = KINDS[error.code ?? ''] ?? ['invalid-input', 'The request is no well-formed HTTP.'];
    const problem = new Problem(kind, detail);
    const requestId = randomUUID();
    const body = JSON.stringify(problem.toBody({ instance: '', requestId }));
    const head = [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      `X-Request-Id: ${requestId}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Cache-Control: no-store',
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  });
}
