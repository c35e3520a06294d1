import { setMaxListeners } from 'node:events';
import { Injectable } from '@nestjs/common';

/** Whether this process was told to stop. */
@Injectable()
export class Drain {
  readonly #controller = new AbortController();

  constructor() {
    // Every answer without an end may listen.
    setMaxListeners(0, this.#controller.signal);
  }

  /** Aborted when the process was told to stop: answers that have no end of their own end then. */
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
