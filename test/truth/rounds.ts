import type { Scene } from './phase.js';

export const any = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;

export const between = (least: number, most: number): number => least + Math.random() * (most - least);

/** Does something again and again until the clients have done enough. */
export async function again({ load, scale }: Scene, work: () => Promise<unknown>): Promise<void> {
  for (let round = 0; round < scale.rounds || load.operations < scale.operations; round += 1) await work();
}

/** Spreads what happens now and then over what the clients do. */
export async function inRounds({ load, scale }: Scene, work: () => Promise<unknown>): Promise<void> {
  const share = scale.operations / scale.rounds;
  for (let round = 0; round < scale.rounds; round += 1) {
    await load.more(share / 4);
    await work();
    await load.more(share / 2);
  }
}

/**
 * Redis comes back with what it had at a certain moment, and nothing of what it was told since.
 * @param atThatMoment keeps what it will come back with
 * @param comesBack Redis goes away, and is there again when this is done
 */
export async function loseTail(
  { quiet, excused }: Scene,
  atThatMoment: () => Promise<unknown>,
  comesBack: () => Promise<unknown>,
): Promise<void> {
  await quiet.remember();
  await atThatMoment();
  await quiet.write();
  await excused(comesBack);
  await quiet.read();
}
