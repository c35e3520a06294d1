import { createHash } from 'node:crypto';
import { principalOf } from '../../access/principal.js';
import { ClientDisconnected } from '../../core/faults.js';
import type { Representation } from '../../http/answers/representation.js';
import type { OperationSpec } from '../../http/operation/operation.js';
import { invalidInput, Problem } from '../../http/problems/problem.js';
import { problemOf } from '../../http/problems/problem-of.js';
import type { FirstAnswer } from '../../idempotency/first-answer.js';
import type { IdempotencyStore, KeyClaim } from '../../idempotency/idempotency.store.js';
import type { KeyRecord } from '../../idempotency/memory-keys.js';
import { UnreadableRecord } from '../../idempotency/shared-keys.js';
import type { Visit } from '../visit/visit.js';
import type { Step, Work } from './step.js';

const KEY = /^[\u0021-\u007e]{1,255}$/;

const hash = (...parts: unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/** No request takes this long, so the process that claimed the key must have crashed. */
const ABANDONED_MS = 60_000;

/**
 * Carries out a POST with an `Idempotency-Key` once. When it is sent again, it gets the first answer, whatever that was. The key may
 * be used again only if nothing was sent to Logto, for a transient reason.
 */
export const idempotent = (
  { access, safe }: OperationSpec,
  store: Pick<IdempotencyStore, 'claim'>,
): Step | undefined => {
  // Without authentication, keys cannot belong to anybody.
  if (safe || access.who === 'anyone') return undefined;
  return (next) => async (visit) => {
    const { request, caller, path, body } = visit;
    const header = request.headers['idempotency-key'];
    if (request.method !== 'POST' || header === undefined || !caller) return next(visit);
    const key = hash(principalOf(caller), requireKey(header));
    const fingerprint = hash(request.method, path, body);
    const known = await claim(store, key, fingerprint);
    if ('complete' in known) return carryOut(next, visit, known);
    return replay(visit, firstAnswerOf(known, fingerprint));
  };
};

const requireKey = (header: string | string[]): string => {
  if (typeof header === 'string' && KEY.test(header)) return header;
  throw invalidInput([
    {
      in: 'header',
      pointer: '/Idempotency-Key',
      code: 'invalid_key',
      detail: 'must be 1 to 255 visible ASCII characters',
    },
  ]);
};

async function claim(
  store: Pick<IdempotencyStore, 'claim'>,
  key: string,
  fingerprint: string,
): Promise<KeyRecord | KeyClaim> {
  try {
    return await store.claim(key, fingerprint);
  } catch (error) {
    if (!(error instanceof UnreadableRecord)) throw error;
    throw new Problem(
      'conflict',
      'Another version of this gateway was given this Idempotency-Key, and what it did cannot be told here. Read the present state before sending the request with a new key.',
      { code: 'idempotency.unreadable' },
    );
  }
}

/** The answer to the first request. Throws if there is none yet, and for another request with the same key. */
function firstAnswerOf({ fingerprint: first, answer, since }: KeyRecord, fingerprint: string): FirstAnswer {
  if (first !== fingerprint)
    throw new Problem(
      'unprocessable',
      'This Idempotency-Key was used for another request. Take a new key for a new request.',
      { code: 'idempotency.key_reused' },
    );
  if (answer) return answer;
  if (since !== undefined && Date.now() - since > ABANDONED_MS) throw unknownOutcome();
  throw new Problem(
    'conflict',
    'The first request with this Idempotency-Key is still running. Send this one again in a moment.',
    { code: 'idempotency.in_progress', headers: { 'Retry-After': '1' } },
  );
}

const unknownOutcome = (): Problem =>
  new Problem(
    'conflict',
    'The first request with this Idempotency-Key was never answered, and may have been carried out. Read the present state; if it was not, send the request with a new key.',
    { code: 'idempotency.unknown_outcome' },
  );

/** Carries out the first request with a key, and stores its answer before it is sent. */
async function carryOut(next: Work, visit: Visit, own: KeyClaim): Promise<unknown> {
  let result: Representation | undefined;
  try {
    result = (await next(visit)) as Representation | undefined;
  } catch (error) {
    const problem = problemOf(error);
    const { wrote = false } = visit;
    // The client disconnected without an answer, so it will retry.
    if (error instanceof ClientDisconnected)
      await (wrote ? own.complete({ problem: unknownOutcome() }) : own.release());
    else if (wrote || problem.status < 500) await own.complete({ problem });
    else await own.release();
    throw error;
  }
  if (result?.options.transient && !visit.wrote) await own.release();
  else await own.complete({ result });
  return result;
}

const replay = (visit: Visit, { result, problem }: FirstAnswer): Representation | undefined => {
  visit.addHeader('Idempotent-Replayed', 'true');
  if (problem) throw problem;
  return result;
};
