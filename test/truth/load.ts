import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { until } from '../support/far-end.js';
import { random, seed } from '../support/seed.js';
import { BUSY_ORGANIZATIONS, type Operation, operation } from './operations.js';
import type { Recorder } from './recorder.js';

const PLANNED = 5000;
/** The average pause of a client between two calls. */
const THINK_MS = 4;

/** Clients that read and write concurrently through all replicas. */
export class Load {
  readonly #plan: readonly Operation[] = fc.sample(operation(BUSY_ORGANIZATIONS), { numRuns: PLANNED, seed });
  readonly #clients: Promise<void>[] = [];
  #position = 0;
  #isStopped = false;

  constructor(private readonly recorder: Recorder) {}

  /** The number of successful reads and writes. */
  get operations(): number {
    return this.recorder.reads.length + this.recorder.writes.length;
  }

  start(clients: number): void {
    for (let client = 0; client < clients; client += 1) this.#clients.push(this.#client());
  }

  /** Waits until every client has finished. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#clients);
  }

  /** Waits for this many more operations. */
  more(count: number): Promise<void> {
    const wanted = this.operations + count;
    return until(`${count} more operations`, () => this.operations >= wanted, 60_000);
  }

  async #client(): Promise<void> {
    while (!this.#isStopped) {
      await this.recorder.do(this.#plan[this.#position++ % PLANNED] as Operation);
      await pause(random() * 2 * THINK_MS);
    }
  }
}
