import type { Response } from 'express';

/** Nobody is there any more to read an answer. */
export class ClientLeft extends Error {
  override readonly name = 'ClientLeft';

  constructor() {
    super('the client left before it had its answer');
  }
}

/** A signal that fires when the connection ends before the answer is written; it costs nothing until somebody asks for it. */
export function leavingOf(response: Response): () => AbortSignal {
  let controller: AbortController | undefined;
  return () => {
    if (controller) return controller.signal;
    const leaving = (controller = new AbortController());
    const leave = (): void => {
      if (!response.writableFinished) leaving.abort(new ClientLeft());
    };
    if (response.closed) leave();
    else response.once('close', leave);
    return leaving.signal;
  };
}
