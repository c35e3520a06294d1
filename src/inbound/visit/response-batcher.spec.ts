import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../../../test/support/far-end.js';
import { ResponseBatcher } from './response-batcher.js';

describe('the response batcher', () => {
  let server: Server;
  let client: Socket;
  let received: string;
  let batcher: ResponseBatcher;

  /** Sends `count` requests in one packet; `answer` answers each. */
  const ask = (count: number, answer: RequestListener): void => {
    server.on('request', answer);
    client.write('GET / HTTP/1.1\r\nHost: here\r\n\r\n'.repeat(count));
  };
  const answers = (): number => received.split('HTTP/1.1 200').length - 1;

  beforeEach(async () => {
    received = '';
    batcher = new ResponseBatcher();
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('data', (data: Buffer) => (received += data.toString('latin1')));
    await once(client, 'connect');
  });
  afterEach(async () => {
    client.destroy();
    server.close();
    await once(server, 'close');
  });

  it('writes answers together, at most sixteen of them', async () => {
    const responses: ServerResponse[] = [];
    let gone: number[] = [];
    ask(20, (_request, response) => {
      responses.push(response);
      batcher.end(response, `answer ${responses.length};`);
      gone = [...gone, responses.filter(({ writableEnded }) => writableEnded).length];
    });
    await until('all answers', () => answers() === 20);
    expect(gone).toEqual([...Array<number>(15).fill(0), ...Array<number>(5).fill(16)]);
    expect([...received.matchAll(/answer (\d+);/g)].map(([, number]) => Number(number))).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
  });

  it('writes held answers at once when it is flushed', async () => {
    const gone: boolean[] = [];
    ask(1, (_request, response) => {
      batcher.end(response, undefined);
      gone.push(response.writableEnded);
      batcher.flush();
      gone.push(response.writableEnded);
    });
    await until('the answer', () => answers() === 1);
    expect(gone).toEqual([false, true]);
  });

  it('goes on after an answer that cannot be written', async () => {
    const other = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const responses: ServerResponse[] = [];
    server.on('request', (_request, response) => {
      responses.push(response);
      if (responses.length < 2) return;
      batcher.end(responses[0] as ServerResponse, 42 as unknown as string);
      batcher.end(response, 'answer');
    });
    other.write('GET / HTTP/1.1\r\nHost: here\r\n\r\n');
    await until('the first', () => responses.length === 1);
    client.write('GET / HTTP/1.1\r\nHost: here\r\n\r\n');
    await until('the answer', () => answers() === 1);
    await until('the other connection to end', () => other.destroyed);
    expect(responses[0]?.destroyed).toBe(true);
  });

  it('goes on after an answer to a client that has disconnected', async () => {
    const responses: ServerResponse[] = [];
    ask(2, (_request, response) => {
      responses.push(response);
      batcher.end(response, 'answer');
      if (responses.length === 2) responses[0]?.destroy();
    });
    await until('both came', () => responses.length === 2);
    batcher.flush();
    expect(responses.map(({ writableEnded }) => writableEnded)).toEqual([true, true]);
  });
});
