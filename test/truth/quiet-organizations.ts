import { setTimeout as pause } from 'node:timers/promises';
import { random } from '../support/seed.js';
import { BUSY_ORGANIZATIONS, QUIET_ORGANIZATIONS, REPLICAS } from './operations.js';
import type { Recorder } from './recorder.js';

const QUIET = Array.from({ length: QUIET_ORGANIZATIONS }, (_, index) => BUSY_ORGANIZATIONS + index);
const EVERY_REPLICA = Array.from({ length: REPLICAS }, (_, replica) => replica);

/** Organizations that nobody reads between a write and the next fault, so that no read corrects their cached state. */
export class QuietOrganizations {
  constructor(
    private readonly recorder: Recorder,
    private readonly overMs: number,
  ) {}

  /** Caches them on every replica and in Redis. */
  async warmUp(): Promise<void> {
    await this.#each((organization) =>
      Promise.all(EVERY_REPLICA.map((replica) => this.recorder.read('organization', organization, replica))),
    );
  }

  async write(): Promise<void> {
    await this.#each((organization) => this.recorder.write('description', organization, organization % REPLICAS));
  }

  /** Reads each on every replica, at random times. */
  async read(): Promise<void> {
    await this.#each(async (organization) => {
      await pause(random() * this.overMs);
      for (const replica of EVERY_REPLICA) await this.recorder.read('organization', organization, replica);
    });
  }

  async #each(work: (organization: number) => Promise<unknown>): Promise<void> {
    await Promise.all(QUIET.map(work));
  }
}
