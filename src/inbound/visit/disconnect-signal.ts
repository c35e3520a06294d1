import type { ServerResponse } from 'node:http';
import { ClientDisconnected } from '../../core/faults.js';
import { LeanSignal, type Signal } from '../../core/signal.js';

const ANSWERED = new Error('the request is answered');

/** Returns a signal that fires when the connection ends or the answer is written, after which nobody waits for it. */
export function disconnectSignalOf(response: ServerResponse): Signal {
  const signal = new LeanSignal();
  const abort = (): void => signal.abort(response.writableFinished ? ANSWERED : new ClientDisconnected());
  if (response.closed) abort();
  else response.once('close', abort);
  return signal;
}
