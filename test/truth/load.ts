import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { until } from '../support/far-end.js';
import { BUSY_ORGANIZATIONS, type Operation, operation } from './operations.js';
import type { Recorder } from './recorder.js';

const PLANNED = 5000;
/** What a client does between two calls, on the average. */
const THINK_MS = 4;

/** Clients who read and write at the same time, through all replicas. */
export class Load {
  readonly #plan: readonly Operation[];
  readonly #clients: Promise<void>[] = [];
  #position = 0;
  #isOver = false;

  /** @param seed which operations come, in which order */
  constructor(
    private readonly recorder: Recorder,
    seed: number,
  ) {
    this.#plan = fc.sample(operation(BUSY_ORGANIZATIONS), { numRuns: PLANNED, seed });
  }

  /** Reads and writes that were answered with success. */
  get operations(): number {
    return this.recorder.reads.length + this.recorder.writes.length;
  }

  start(clients: number): void {
    for (let client = 0; client < clients; client += 1) this.#clients.push(this.#client());
  }

  /** Every client has its last answer. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }

  /** Waits for so many operations more. */
  more(count: number): Promise<void> {
    const wanted = this.operations + count;
    return until(`${count} more operations`, () => this.operations >= wanted, 60_000);
  }

  async #client(): Promise<void> {
    while (!this.#isOver) {
      await this.recorder.do(this.#plan[this.#position++ % PLANNED] as Operation);
      await pause(Math.random() * 2 * THINK_MS);
    }
  }
}
