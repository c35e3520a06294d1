import { setTimeout as pause } from 'node:timers/promises';

import { BUSY_ORGANIZATIONS, QUIET_ORGANIZATIONS, REPLICAS } from './operations.js';
import type { Recorder } from './recorder.js';

const QUIET = Array.from({ length: QUIET_ORGANIZATIONS }, (_, index) => BUSY_ORGANIZATIONS + index);
const EVERY_REPLICA = Array.from({ length: REPLICAS }, (_, replica) => replica);

/** Organizations that nobody reads between a write and the trouble that follows: what is remembered of them is corrected by nobody. */
export class QuietOrganizations {
  constructor(
    private readonly recorder: Recorder,
    private readonly overMs: number,
  ) {}

  /** Every replica and Redis know them. */
  async remember(): Promise<void> {
    await this.#each((organization) =>
      Promise.all(EVERY_REPLICA.map((replica) => this.recorder.read('organization', organization, replica))),
    );
  }

  async write(): Promise<void> {
    await this.#each((organization) => this.recorder.write('description', organization, organization % REPLICAS));
  }

  /** Reads each on every replica, one now and another later. */
  async read(): Promise<void> {
    await this.#each(async (organization) => {
      await pause(Math.random() * this.overMs);
      for (const replica of EVERY_REPLICA) await this.recorder.read('organization', organization, replica);
    });
  }

  async #each(work: (organization: number) => Promise<unknown>): Promise<void> {
    await Promise.all(QUIET.map(work));
  }
}
