import type { ServerResponse } from 'node:http';
import { LeanSignal, type Signal } from '../context/signal.js';

/** Nobody is there any more to read an answer. */
export class ClientLeft extends Error {
  override readonly name = 'ClientLeft';

  constructor() {
    super('the client left before it had its answer');
  }
}

const ANSWERED = new Error('the request is answered');

/**
 * A signal that fires when nobody waits any more: the connection ended, or the answer is written, and whatever the request
 * keeps ready in case it is not can go. It costs nothing until somebody asks for it.
 */
export function leavingOf(response: ServerResponse): () => Signal {
  let signal: LeanSignal | undefined;
  return () => {
    if (signal) return signal;
    const leaving = (signal = new LeanSignal());
    const leave = (): void => leaving.abort(response.writableFinished ? ANSWERED : new ClientLeft());
    if (response.closed) leave();
    else response.once('close', leave);
    return leaving;
  };
}
