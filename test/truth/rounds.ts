import { random } from '../support/seed.js';
import type { PhaseContext } from './phase.js';

export const randomOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

export const randomBetween = (min: number, max: number): number => min + random() * (max - min);

/** Repeats `work` until there were enough operations. */
export async function repeatUntilDone({ load, scale }: PhaseContext, work: () => Promise<unknown>): Promise<void> {
  for (let round = 0; round < scale.rounds || load.operations < scale.operations; round += 1) await work();
}

/** Spreads rounds of `work` over the operations of the clients. */
export async function inRounds({ load, scale }: PhaseContext, work: () => Promise<unknown>): Promise<void> {
  const share = scale.operations / scale.rounds;
  for (let round = 0; round < scale.rounds; round += 1) {
    await load.more(share / 4);
    await work();
    await load.more(share / 2);
  }
}

/**
 * Redis recovers with the data of an earlier moment, and has lost what was written since.
 * @param prepare fixes the data that Redis will recover
 * @param recover stops Redis, and resolves when it is available again
 */
export async function loseTail(
  { quiet, excused }: PhaseContext,
  prepare: () => Promise<unknown>,
  recover: () => Promise<unknown>,
): Promise<void> {
  await quiet.warmUp();
  await prepare();
  await quiet.write();
  await excused(recover);
  await quiet.read();
}
