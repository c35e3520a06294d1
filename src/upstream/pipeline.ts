import type { Entries } from '../cache/entries.js';
import type { Epochs } from '../cache/epochs.js';
import { type Exchange, pipe } from './exchange.js';
import type { MachineToken } from './machine-token.js';
import { RetryBudget } from './retry-budget.js';
import { authorize } from './stages/authorize.stage.js';
import { believable } from './stages/believable.stage.js';
import { cached } from './stages/cached.stage.js';
import { coalesce } from './stages/coalesce.stage.js';
import { observe, type Observer } from './stages/observe.stage.js';
import { refusals } from './stages/refusals.stage.js';
import { retry } from './stages/retry.stage.js';
import { timeout } from './stages/timeout.stage.js';

export interface PipelineOptions {
  /** One attempt may take this long. */
  readonly timeoutMs: number;
  /** A read may take this long with all its attempts. */
  readonly deadlineMs: number;
  readonly entries: Entries;
  readonly epochs: Epochs;
  readonly observer: Observer;
  readonly machineToken: MachineToken;
  readonly transport: Exchange;
}

/** The whole way to Logto, in the order a request meets it. */
export const createPipeline = ({
  timeoutMs,
  deadlineMs,
  entries,
  epochs,
  observer,
  machineToken,
  transport,
}: PipelineOptions): Exchange =>
  pipe(
    refusals,
    observe(observer),
    cached(entries, epochs),
    coalesce(epochs.of),
    retry({ attemptMs: timeoutMs, deadlineMs, budget: new RetryBudget() }),
    authorize(machineToken),
    believable,
    timeout(timeoutMs),
  )(transport);

/** The short way to the token endpoint: it needs no token, and nobody else may share its answer. */
export const createTokenPipeline = (timeoutMs: number, transport: Exchange): Exchange =>
  pipe(believable, timeout(timeoutMs))(transport);
