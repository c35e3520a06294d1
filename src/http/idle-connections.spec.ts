import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '../../test/support/far-end.js';
import { endIdleConnections } from './idle-connections.js';

const EVERY_MS = 10;
/** Node adds a second to it. */
const KEEP_ALIVE_MS = 100;
const REQUEST = 'GET / HTTP/1.1\r\nHost: here\r\n\r\n';

/** The far end of a connection and what became of it. */
class Client {
  readonly socket: Socket;
  answers = 0;
  endedAt: number | undefined;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (data: Buffer) => (this.answers += data.toString('latin1').split('HTTP/1.1').length - 1));
    this.socket.on('close', () => (this.endedAt = performance.now()));
  }

  async ask(): Promise<void> {
    const before = this.answers;
    this.socket.write(REQUEST);
    await until('the answer', () => this.answers > before);
  }

  untilEnded(): Promise<void> {
    return until('the connection to end', () => this.endedAt !== undefined, 5000);
  }
}

describe('connections that are idle', () => {
  let server: Server;
  const clients: Client[] = [];

  const serve = async (answer: RequestListener = (_request, response) => response.end('answer')) => {
    server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, answer);
    endIdleConnections(server, EVERY_MS);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  };
  const client = (): Client => {
    const made = new Client((server.address() as AddressInfo).port);
    clients.push(made);
    return made;
  };
  afterEach(async () => {
    for (const { socket } of clients.splice(0)) socket.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('are ended after as long as the server says, counted from their last answer', async () => {
    await serve();
    const [leaving, staying] = [client(), client()];
    await leaving.ask();
    const askedAt = performance.now();
    await leaving.ask();
    await until('the idle one to end', async () => {
      await staying.ask();
      return leaving.endedAt !== undefined;
    });
    expect((leaving.endedAt ?? 0) - askedAt).toBeGreaterThanOrEqual(KEEP_ALIVE_MS);
    expect(staying.endedAt).toBeUndefined();
    await staying.untilEnded();
  });

  it('are not those with an answer under way, nor those that never asked', async () => {
    let finish: (() => void) | undefined;
    await serve((request, response) => {
      if (request.url === '/') response.end('answer');
      else finish = () => response.end('at last');
    });
    const [waiting, silent, first, second] = [client(), client(), client(), client()];
    waiting.socket.write(REQUEST.replace('/', '/slow'));
    await until('the request', () => finish !== undefined);
    for (const idle of [first, second]) {
      await idle.ask();
      await idle.untilEnded();
    }
    finish?.();
    await until('the answer', () => waiting.answers === 1);
    await silent.ask();
    expect([waiting.endedAt, silent.endedAt]).toEqual([undefined, undefined]);
  });

  it('are not those on which a request arrives slowly', async () => {
    await serve();
    const slow = client();
    await slow.ask();
    const startedAt = performance.now();
    for (const character of REQUEST) {
      slow.socket.write(character);
      await pause(2 * EVERY_MS);
    }
    await until('the answer', () => slow.answers === 2);
    expect(performance.now() - startedAt).toBeGreaterThan(2 * KEEP_ALIVE_MS);
  });

  it('tell who set a time of their own', async () => {
    await serve((_request, response) => void response.setTimeout(5 * EVERY_MS, () => response.end('too late')));
    const mine = client();
    await mine.ask();
    expect(mine.endedAt).toBeUndefined();
  });
});
