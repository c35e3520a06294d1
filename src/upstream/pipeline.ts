import type { Memory } from '../cache/memory.js';
import type { SharedCache } from '../cache/shared-cache.js';
import type { WriteLog } from '../cache/write-log.js';
import type { UpstreamBudget } from './budget/upstream-budget.js';
import type { Bulkhead } from './bulkhead.js';
import type { Circuit } from './circuit.js';
import { type Exchange, type Lifetime, pipe, type ReadRequest, type Stage } from './exchange.js';
import type { MachineToken } from './machine-token.js';
import { patience } from './patience.js';
import { RetryBudget } from './retry-budget.js';
import { authorize } from './stages/authorize.stage.js';
import { believable } from './stages/believable.stage.js';
import { breaker } from './stages/breaker.stage.js';
import { budget } from './stages/budget.stage.js';
import { bulkhead } from './stages/bulkhead.stage.js';
import { cached } from './stages/cached.stage.js';
import { coalesce } from './stages/coalesce.stage.js';
import { deadline, type DeadlineOptions } from './stages/deadline.stage.js';
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
  /** A call may take this long with all its attempts, and so may all calls of one request. */
  readonly deadline: DeadlineOptions;
  /** How long an answer to a request may be used. */
  readonly policyOf: (request: ReadRequest) => Lifetime;
  /** How long "no such thing" is believed. */
  readonly missingMs: number;
  readonly memory: Memory;
  readonly writeLog: WriteLog;
  /** Undefined: this replica shares nothing. */
  readonly sharedCache: SharedCache | undefined;
  readonly observer: Observer;
  readonly machineToken: MachineToken;
  /** Undefined: Logto is asked whatever happens. */
  readonly circuit: Circuit | undefined;
  readonly room: Bulkhead;
  /** Undefined: as many calls as it takes. */
  readonly purse: UpstreamBudget | undefined;
  readonly transport: Exchange;
}

/** The stage that is not there. */
const direct: Stage = (next) => next;

/** The whole way to Logto, in the order a request meets it. */
export const createPipeline = ({
  timeoutMs,
  deadline: limits,
  policyOf,
  missingMs,
  memory,
  writeLog,
  sharedCache,
  observer,
  machineToken,
  circuit,
  room,
  purse,
  transport,
}: PipelineOptions): Exchange =>
  pipe(
    refusals,
    observe(observer),
    cached({ memory, writeLog, policyOf }),
    coalesce(writeLog.versions.of, patience(limits)),
    sharedCache ? shared(sharedCache, writeLog, policyOf) : direct,
    lifetimes({ policyOf, missingMs }),
    deadline(limits),
    revalidate,
    retry({ budget: new RetryBudget() }),
    circuit ? breaker(circuit) : direct,
    purse ? budget(purse) : direct,
    bulkhead(room),
    authorize(machineToken),
    believable,
    timeout(timeoutMs),
  )(transport);

export interface TokenPipelineOptions {
  readonly timeoutMs: number;
  /** Undefined: the token endpoint is asked whatever happens. */
  readonly circuit: Circuit | undefined;
  readonly transport: Exchange;
}

/** The short way to the token endpoint: it needs no token, and nobody else may share its answer. */
export const createTokenPipeline = ({ timeoutMs, circuit, transport }: TokenPipelineOptions): Exchange =>
  pipe(circuit ? breaker(circuit) : direct, believable, timeout(timeoutMs))(transport);
