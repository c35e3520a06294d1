import { get } from 'node:http';
import { startServer, until } from '../../../test/support/far-end.js';
import { ClientDisconnected } from '../../core/faults.js';
import type { Signal } from '../../core/signal.js';
import { disconnectSignalOf } from './disconnect-signal.js';

describe('the disconnect signal', () => {
  let signal: Signal | undefined;
  const listening = (answer: boolean) =>
    startServer((_request, response) => {
      signal = disconnectSignalOf(response);
      if (answer) response.end('done');
    });
  beforeEach(() => {
    signal = undefined;
  });

  it('fires with this reason when the client disconnects', async () => {
    const server = await listening(false);
    const request = get(server.url).on('error', () => undefined);
    await until('the request', () => signal !== undefined);
    expect(signal?.aborted).toBe(false);
    request.destroy();
    await until('the signal', () => signal?.aborted === true);
    expect(signal?.reason).toBeInstanceOf(ClientDisconnected);
    await server.close();
  });

  it('fires when the answer is written, so that no deadline keeps the request in memory', async () => {
    const server = await listening(true);
    await fetch(server.url).then((response) => response.text());
    await until('the signal', () => signal?.aborted === true);
    expect(signal?.reason).not.toBeInstanceOf(ClientDisconnected);
    await server.close();
  });

  it('has already fired when it is requested after the end', async () => {
    let late: Signal | undefined;
    const server = await startServer((_request, response) => {
      response.once('close', () => (late = disconnectSignalOf(response))).end();
    });
    await fetch(server.url);
    await until('the answer to be over', () => late !== undefined);
    expect(late?.aborted).toBe(true);
    await server.close();
  });
});
