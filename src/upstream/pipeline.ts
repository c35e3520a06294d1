import type { Fence } from '../cache/fence.js';
import type { Memory } from '../cache/memory.js';
import type { SharedCache } from '../cache/shared-cache.js';
import { type Exchange, type Lifetime, pipe, type ReadRequest, type Stage } from './exchange.js';
import type { MachineToken } from './machine-token.js';
import { RetryBudget } from './retry-budget.js';
import { authorize } from './stages/authorize.stage.js';
import { believable } from './stages/believable.stage.js';
import { cached } from './stages/cached.stage.js';
import { coalesce } from './stages/coalesce.stage.js';
import { lifetimes } from './stages/lifetime.stage.js';
import { observe, type Observer } from './stages/observe.stage.js';
import { refusals } from './stages/refusals.stage.js';
import { retry } from './stages/retry.stage.js';
import { revalidate } from './stages/revalidate.stage.js';
import { shared } from './stages/shared.stage.js';
import { timeout } from './stages/timeout.stage.js';

export interface PipelineOptions {
  /** One attempt may take this long. */
  readonly timeoutMs: number;
  /** A read may take this long with all its attempts. */
  readonly deadlineMs: number;
  /** How long an answer to a request may be used. */
  readonly policyOf: (request: ReadRequest) => Lifetime;
  /** How long "no such thing" is believed. */
  readonly missingMs: number;
  readonly memory: Memory;
  readonly fence: Fence;
  /** Undefined: this replica shares nothing. */
  readonly sharedCache: SharedCache | undefined;
  readonly observer: Observer;
  readonly machineToken: MachineToken;
  readonly transport: Exchange;
}

/** The stage that is not there. */
const direct: Stage = (next) => next;

/** The whole way to Logto, in the order a request meets it. */
export const createPipeline = ({
  timeoutMs,
  deadlineMs,
  policyOf,
  missingMs,
  memory,
  fence,
  sharedCache,
  observer,
  machineToken,
  transport,
}: PipelineOptions): Exchange =>
  pipe(
    refusals,
    observe(observer),
    cached({ memory, fence, policyOf }),
    coalesce(fence.of),
    sharedCache ? shared(sharedCache, policyOf) : direct,
    lifetimes({ policyOf, missingMs }),
    revalidate,
    retry({ attemptMs: timeoutMs, deadlineMs, budget: new RetryBudget() }),
    authorize(machineToken),
    believable,
    timeout(timeoutMs),
  )(transport);

/** The short way to the token endpoint: it needs no token, and nobody else may share its answer. */
export const createTokenPipeline = (timeoutMs: number, transport: Exchange): Exchange =>
  pipe(believable, timeout(timeoutMs))(transport);
