import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, Fleet } from './fleet.js';
import { REPLICAS } from './operations.js';
import { between } from './rounds.js';
import { countInto, inParallel } from './tally.js';

const MERGE = { 'content-type': 'application/merge-patch+json' };
/** Every answer there may be: merged, others write it all the time, or Redis cannot be asked. */
export const PATCH_ANSWERS = ['200', '409', '503'];

/** Answers after which a client sends the same patch again. */
const AGAIN = new Set([409, 503]);
const CLIENTS = 8;

const isToBeSentAgain = (answer: Answer | undefined): boolean => !answer || AGAIN.has(answer.status);

export interface MergePatchesReport {
  readonly sent: number;
  /** Keys that were answered 200 and are not at Logto. */
  readonly lost: readonly string[];
  /** Patches that had no final answer at the end. */
  readonly givenUp: number;
  /** Every answer on the way, by status. */
  readonly answers: Readonly<Record<string, number>>;
}

/**
 * Patches of one organization's custom data through all replicas, each with a key of its own, sent again until answered.
 * @param limitMs after this time clients give up
 */
export async function mergePatches(fleet: Fleet, count: number, limitMs: number): Promise<MergePatchesReport> {
  const endsAt = performance.now() + limitMs;
  let givenUp = 0;
  const answers: Record<string, number> = {};
  const { json } = await fleet.tokens.api('POST', '/api/organizations', { name: 'patched' });
  const path = `/api/organizations/${(json as { id: string }).id}`;
  const merged: string[] = [];
  const keys = Array.from({ length: count }, (_, index) => `key${index}`);
  await inParallel(CLIENTS, keys, async (key, index) => {
    let answer: Answer | undefined;
    while (isToBeSentAgain(answer) && performance.now() < endsAt) {
      answer = await fleet.call(index % REPLICAS, 'PATCH', path, { customData: { [key]: index } }, MERGE);
      countInto(answers, answer?.status);
      if (isToBeSentAgain(answer)) await pause(between(20, 80));
    }
    if (isToBeSentAgain(answer)) givenUp += 1;
    if (answer?.status === 200) merged.push(key);
  });
  const { customData } = (await fleet.tokens.api('GET', path)).json as { customData: Record<string, unknown> };
  return { sent: count, lost: merged.filter((key) => !(key in customData)), givenUp, answers };
}
