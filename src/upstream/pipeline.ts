import type { MemoryCache } from '../cache/memory-cache.js';
import type { SharedCache } from '../cache/shared-cache.js';
import type { WriteLog } from '../cache/write-log.js';
import type { UpstreamBudget } from './budget/upstream-budget.js';
import type { Bulkhead } from './stages/bulkhead.js';
import type { Circuit } from './stages/circuit.js';
import type { Exchange, Lifetime, ReadRequest, Stage } from '../core/exchange.js';
import { pipe } from '../core/pipe.js';
import type { MachineToken } from './stages/machine-token.js';
import { requestDeadline } from './request-deadline.js';
import { RetryBudget } from './stages/retry-budget.js';
import { authorize } from './stages/authorize.stage.js';
import { validateReply } from './stages/validate-reply.stage.js';
import { breaker } from './stages/breaker.stage.js';
import { budget } from './stages/budget.stage.js';
import { bulkhead } from './stages/bulkhead.stage.js';
import { cached } from './stages/cached.stage.js';
import { coalesce } from './stages/coalesce.stage.js';
import { deadline, type DeadlineOptions } from './stages/deadline.stage.js';
import { lifetimes } from './stages/lifetime.stage.js';
import { observe } from './stages/observe.stage.js';
import type { Observer } from '../observability/observer.js';
import { mapErrors } from './stages/map-errors.stage.js';
import { retry } from './stages/retry.stage.js';
import { revalidate } from './stages/revalidate.stage.js';
import { shared } from './stages/shared.stage.js';
import { timeout } from './stages/timeout.stage.js';

export interface PipelineOptions {
  /** The limit of one attempt. */
  readonly timeoutMs: number;
  /** The limits of one call with all its attempts, and of all calls of one request. */
  readonly deadline: DeadlineOptions;
  /** How long the reply to a read may be used. */
  readonly policyOf: (request: ReadRequest) => Lifetime;
  /** How long a 404 may be used. */
  readonly missingMs: number;
  readonly memory: MemoryCache;
  readonly writeLog: WriteLog;
  /** Undefined without Redis. */
  readonly sharedCache: SharedCache | undefined;
  readonly observer: Observer;
  readonly machineToken: MachineToken;
  /** Undefined when the circuit breaker is off. */
  readonly circuit: Circuit | undefined;
  readonly bulkhead: Bulkhead;
  /** Undefined when there is no upstream budget. */
  readonly budget: UpstreamBudget | undefined;
  readonly transport: Exchange;
}

const passThrough: Stage = (next) => next;

/** All stages between the features and Logto, in the order a request passes them. */
export const createPipeline = (options: PipelineOptions): Exchange =>
  pipe(
    mapErrors,
    observe(options.observer),
    cached(options),
    coalesce(options.writeLog.versions.versionOf, requestDeadline(options.deadline)),
    options.sharedCache ? shared(options.sharedCache, options.writeLog, options.policyOf) : passThrough,
    lifetimes(options),
    deadline(options.deadline),
    revalidate,
    retry({ budget: new RetryBudget() }),
    options.circuit ? breaker(options.circuit) : passThrough,
    options.budget ? budget(options.budget) : passThrough,
    bulkhead(options.bulkhead),
    authorize(options.machineToken),
    validateReply,
    timeout(options.timeoutMs),
  )(options.transport);

export interface TokenPipelineOptions {
  readonly timeoutMs: number;
  /** Undefined when the circuit breaker is off. */
  readonly circuit: Circuit | undefined;
  readonly transport: Exchange;
}

/** The stages in front of the token endpoint. A call to it needs no token and cannot be shared. */
export const createTokenPipeline = ({ timeoutMs, circuit, transport }: TokenPipelineOptions): Exchange =>
  pipe(circuit ? breaker(circuit) : passThrough, validateReply, timeout(timeoutMs))(transport);
