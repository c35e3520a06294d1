import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { problemAnswer } from '../../http/answers/answer.js';
import { Problem } from '../../http/problems/problem.js';
import type { ProblemKind } from '../../http/problems/problems.js';
import { linesOf } from '../../http/answers/headers.js';
import { statusLine } from '../visit/answer-writer.js';

const KINDS: Record<string, readonly [ProblemKind, string]> = {
  HPE_HEADER_OVERFLOW: ['headers-too-large', 'The request line and headers may have 16 kB together.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request-timeout', 'The request did not arrive in time.'],
};

/** Answers requests that Node's parser rejects with a problem. Node would send a status without a body. */
export function answerClientErrors(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const [kind, detail] = KINDS[error.code ?? ''] ?? ['invalid-input', 'The request is no well-formed HTTP.'];
    const id = randomUUID();
    const { status, headers, content, bytes } = problemAnswer(new Problem(kind, detail), { path: '', id });
    const lines = linesOf([['X-Request-Id', id], ...headers, ...content, ['Connection', 'close']]);
    socket.end(`${statusLine(status)}${lines}\r\n${bytes?.toString()}`);
  });
}
