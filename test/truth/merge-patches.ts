import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, Fleet } from './fleet.js';
import { REPLICAS } from './operations.js';
import { randomBetween } from './rounds.js';
import { countInto, inParallel } from './tally.js';

const MERGE = { 'content-type': 'application/merge-patch+json' };
/** All possible statuses: merged, too many concurrent writes, or Redis is unavailable. */
export const PATCH_ANSWERS = ['200', '409', '503'];

/** Statuses after which a client repeats the patch. */
const RETRYABLE = new Set([409, 503]);
const CLIENTS = 8;

const mustRetry = (answer: Answer | undefined): boolean => !answer || RETRYABLE.has(answer.status);

export interface MergePatchesReport {
  readonly sent: number;
  /** Keys that were answered 200 but do not exist at Logto. */
  readonly lost: readonly string[];
  /** Patches without a final response. */
  readonly unfinished: number;
  /** All responses, by status. */
  readonly answers: Readonly<Record<string, number>>;
}

/**
 * Patches the custom data of one organization through all replicas, each time with a different key, and repeats each patch until it has a final
 * response.
 * @param limitMs after this time clients give up
 */
export async function mergePatches(fleet: Fleet, count: number, limitMs: number): Promise<MergePatchesReport> {
  const endsAt = performance.now() + limitMs;
  let unfinished = 0;
  const answers: Record<string, number> = {};
  const { json } = await fleet.tokens.api('POST', '/api/organizations', { name: 'patched' });
  const path = `/api/organizations/${(json as { id: string }).id}`;
  const merged: string[] = [];
  const keys = Array.from({ length: count }, (_, index) => `key${index}`);
  await inParallel(CLIENTS, keys, async (key, index) => {
    let answer: Answer | undefined;
    while (mustRetry(answer) && performance.now() < endsAt) {
      answer = await fleet.call(index % REPLICAS, 'PATCH', path, { customData: { [key]: index } }, MERGE);
      countInto(answers, answer?.status);
      if (mustRetry(answer)) await pause(randomBetween(20, 80));
    }
    if (mustRetry(answer)) unfinished += 1;
    if (answer?.status === 200) merged.push(key);
  });
  const { customData } = (await fleet.tokens.api('GET', path)).json as { customData: Record<string, unknown> };
  return { sent: count, lost: merged.filter((key) => !(key in customData)), unfinished, answers };
}
