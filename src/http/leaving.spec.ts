import { get } from 'node:http';
import type { Response } from 'express';
import { startServer, until } from '../../test/support/far-end.js';
import type { Signal } from '../context/signal.js';
import { ClientLeft, leavingOf } from './leaving.js';

describe('the signal that nobody waits any more', () => {
  let signal: Signal | undefined;
  const listening = (answer: boolean) =>
    startServer((_request, response) => {
      signal = leavingOf(response as Response)();
      if (answer) response.end('done');
    });
  beforeEach(() => {
    signal = undefined;
  });

  it('fires when the client leaves, and says so', async () => {
    const server = await listening(false);
    const request = get(server.url).on('error', () => undefined);
    await until('the request', () => signal !== undefined);
    expect(signal?.aborted).toBe(false);
    request.destroy();
    await until('the signal', () => signal?.aborted === true);
    expect(signal?.reason).toBeInstanceOf(ClientLeft);
    await server.close();
  });

  it('fires when the answer is written, so that nothing is kept for the rest of a deadline', async () => {
    const server = await listening(true);
    await fetch(server.url).then((response) => response.text());
    await until('the signal', () => signal?.aborted === true);
    expect(signal?.reason).not.toBeInstanceOf(ClientLeft);
    await server.close();
  });

  it('has fired when it is asked for too late', async () => {
    let late: Signal | undefined;
    const server = await startServer((_request, response) => {
      const leaving = leavingOf(response as Response);
      response.once('close', () => (late = leaving())).end();
    });
    await fetch(server.url);
    await until('the answer to be over', () => late !== undefined);
    expect(late?.aborted).toBe(true);
    await server.close();
  });
});
