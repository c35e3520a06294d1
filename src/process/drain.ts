import { setMaxListeners } from 'node:events';
import { Injectable } from '@nestjs/common';

/** Whether this process is shutting down. */
@Injectable()
export class Drain {
  readonly #controller = new AbortController();

  constructor() {
    // Every response that streams without end may listen.
    setMaxListeners(0, this.#controller.signal);
  }

  /** Aborted when the shutdown begins, to end responses that would stream without end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get begun(): boolean {
    return this.#controller.signal.aborted;
  }

  begin(): void {
    this.#controller.abort();
  }
}
