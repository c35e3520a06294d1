import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { until } from '../../../test/support/far-end.js';
import { AnswerWriter } from '../visit/answer-writer.js';
import { Visit } from '../visit/visit.js';
import { Connections } from './connections.js';

describe('connections', () => {
  it('are closed although a client disconnected while its second request waited for its first', async () => {
    const responses: ServerResponse[] = [];
    const server = createServer({ keepAliveTimeout: 60_000 });
    const connections = new Connections(server);
    server.on('request', (request, response) => {
      connections.follow(new Visit(request, response, new AnswerWriter(connections.responseBatcher, 0)));
      responses.push(response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const leaving = connect(port, '127.0.0.1');
    leaving.write('GET / HTTP/1.1\r\nHost: here\r\n\r\n'.repeat(2));
    await until('both requests', () => responses.length === 2);
    connections.responseBatcher.end(responses[1] as ServerResponse, 'never read');
    leaving.destroy();
    await until('the server to notice', () => responses[0]?.req.socket.destroyed === true);

    const idle = connect(port, '127.0.0.1');
    idle.resume().write('GET / HTTP/1.1\r\nHost: here\r\n\r\n');
    await until('the third request', () => responses.length === 3);
    responses[2]?.end('answer');
    await connections.closeUnused(
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
    );
    expect(server.listening).toBe(false);
  });
});
