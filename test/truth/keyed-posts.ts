import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, Fleet } from './fleet.js';
import { REPLICAS } from './operations.js';
import { between } from './rounds.js';
import { countInto, inParallel } from './tally.js';

/** Every answer there may be: made, still under way, or Redis cannot be asked. */
export const POST_ANSWERS = ['201', '409', '503'];

/** Answers after which a client sends the same request again. */
const AGAIN = new Set([409, 503]);
const CLIENTS = 12;

const isToBeSentAgain = (answer: Answer | undefined): boolean => !answer || AGAIN.has(answer.status);

export interface KeyedPostsReport {
  readonly sent: number;
  /** Names that are at Logto more than once. */
  readonly doubled: readonly string[];
  /** Names that were answered 201 and are not at Logto. */
  readonly missing: readonly string[];
  /** Names whose two requests were answered with different organizations. */
  readonly different: readonly string[];
  /** Requests that had no final answer at the end. */
  readonly givenUp: number;
  /** Every answer on the way, by status. */
  readonly answers: Readonly<Record<string, number>>;
}

/**
 * Makes organizations by POSTs with an Idempotency-Key, each sent to two replicas, at once or shortly after one another, and
 * again until it has a final answer.
 * @param limitMs after this time clients give up
 */
export async function keyedPosts(fleet: Fleet, count: number, limitMs: number): Promise<KeyedPostsReport> {
  const endsAt = performance.now() + limitMs;
  const answers: Record<string, number> = {};
  let givenUp = 0;
  const kept = new Map<string, Set<string>>();

  const send = async (replica: number, key: string, name: string): Promise<void> => {
    let answer: Answer | undefined;
    while (isToBeSentAgain(answer) && performance.now() < endsAt) {
      answer = await fleet.call(replica, 'POST', '/api/organizations', { name }, { 'idempotency-key': key });
      countInto(answers, answer?.status);
      if (isToBeSentAgain(answer)) await pause(between(20, 80));
    }
    if (isToBeSentAgain(answer)) givenUp += 1;
    if (answer?.status !== 201) return;
    const { id } = answer.body as { id: string };
    kept.set(name, (kept.get(name) ?? new Set()).add(id));
  };

  const names = Array.from({ length: count }, (_, index) => `keyed ${index}`);
  await inParallel(CLIENTS, names, async (name, index) => {
    const key = randomUUID();
    const later = index % 2 === 0 ? 0 : between(50, 300);
    const second = async (): Promise<void> => {
      await pause(later);
      await send((index + 1) % REPLICAS, key, name);
    };
    await Promise.all([send(index % REPLICAS, key, name), second()]);
  });

  const atLogto = new Map<string, number>();
  for (const name of await namesAtLogto(fleet)) atLogto.set(name, (atLogto.get(name) ?? 0) + 1);
  return {
    sent: count,
    doubled: names.filter((name) => (atLogto.get(name) ?? 0) > 1),
    missing: names.filter((name) => kept.has(name) && !atLogto.has(name)),
    different: names.filter((name) => (kept.get(name)?.size ?? 0) > 1),
    givenUp,
    answers,
  };
}

async function namesAtLogto({ tokens }: Fleet): Promise<string[]> {
  const names: string[] = [];
  for (let page = 1, size = 100; size === 100; page += 1) {
    const { json } = await tokens.api('GET', `/api/organizations?q=keyed&page=${page}&page_size=100`);
    const rows = json as { name: string }[];
    names.push(...rows.map(({ name }) => name));
    size = rows.length;
  }
  return names;
}
