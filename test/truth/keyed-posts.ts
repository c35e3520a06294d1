import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, Fleet } from './fleet.js';
import { REPLICAS } from './operations.js';
import { randomBetween } from './rounds.js';
import { countInto, inParallel } from './tally.js';

/** All possible statuses: created, still in progress, or Redis is unavailable. */
export const POST_ANSWERS = ['201', '409', '503'];

/** Statuses after which a client repeats the request. */
const RETRYABLE = new Set([409, 503]);
const CLIENTS = 12;

const mustRetry = (answer: Answer | undefined): boolean => !answer || RETRYABLE.has(answer.status);

export interface KeyedPostsReport {
  readonly sent: number;
  /** Names that exist at Logto more than once. */
  readonly doubled: readonly string[];
  /** Names that were answered 201 but do not exist at Logto. */
  readonly missing: readonly string[];
  /** Names whose two requests got different organizations. */
  readonly different: readonly string[];
  /** Requests without a final response. */
  readonly unfinished: number;
  /** All responses, by status. */
  readonly answers: Readonly<Record<string, number>>;
}

/**
 * Creates organizations by POSTs with an Idempotency-Key. Each is sent to two replicas, at the same time or shortly after each
 * other, and repeated until it has a final response.
 * @param limitMs after this time clients give up
 */
export async function keyedPosts(fleet: Fleet, count: number, limitMs: number): Promise<KeyedPostsReport> {
  const endsAt = performance.now() + limitMs;
  const answers: Record<string, number> = {};
  let unfinished = 0;
  const created = new Map<string, Set<string>>();

  const send = async (replica: number, key: string, name: string): Promise<void> => {
    let answer: Answer | undefined;
    while (mustRetry(answer) && performance.now() < endsAt) {
      answer = await fleet.call(replica, 'POST', '/api/organizations', { name }, { 'idempotency-key': key });
      countInto(answers, answer?.status);
      if (mustRetry(answer)) await pause(randomBetween(20, 80));
    }
    if (mustRetry(answer)) unfinished += 1;
    if (answer?.status !== 201) return;
    const { id } = answer.body as { id: string };
    created.set(name, (created.get(name) ?? new Set()).add(id));
  };

  const names = Array.from({ length: count }, (_, index) => `keyed ${index}`);
  await inParallel(CLIENTS, names, async (name, index) => {
    const key = randomUUID();
    const delayMs = index % 2 === 0 ? 0 : randomBetween(50, 300);
    const second = async (): Promise<void> => {
      await pause(delayMs);
      await send((index + 1) % REPLICAS, key, name);
    };
    await Promise.all([send(index % REPLICAS, key, name), second()]);
  });

  const atLogto = new Map<string, number>();
  for (const name of await namesAtLogto(fleet)) atLogto.set(name, (atLogto.get(name) ?? 0) + 1);
  return {
    sent: count,
    doubled: names.filter((name) => (atLogto.get(name) ?? 0) > 1),
    missing: names.filter((name) => created.has(name) && !atLogto.has(name)),
    different: names.filter((name) => (created.get(name)?.size ?? 0) > 1),
    unfinished,
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
