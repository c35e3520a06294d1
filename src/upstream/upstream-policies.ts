import { Logger } from '@nestjs/common';
import { ConsecutiveBreaker } from 'cockatiel';
import type { UpstreamConfig } from '../config/config.js';
import type { SharedRedis } from '../redis/shared-redis.js';
import { MemoryBucket } from './budget/memory-bucket.js';
import { SharedBucket } from './budget/shared-bucket.js';
import { UpstreamBudget } from './budget/upstream-budget.js';
import { Bulkhead } from './stages/bulkhead.js';
import { Circuit, failureRateOver } from './stages/circuit.js';

const log = new Logger('Upstream');

/** Consecutive failures after which the token endpoint counts as down. Its calls are few and all alike. */
const TOKEN_FAILURES = 3;

const circuitOf = (what: string, options: ConstructorParameters<typeof Circuit>[0]): Circuit =>
  new Circuit({ ...options, onChange: (state) => log.warn(`the circuit to ${what} is ${state}`) });

/** The policies that hold state: one instance of each per gateway. */
export class UpstreamPolicies {
  readonly circuit: Circuit | undefined;
  readonly tokenCircuit: Circuit | undefined;
  readonly bulkhead: Bulkhead;
  readonly budget: UpstreamBudget | undefined;

  constructor(
    { breakerCalls, breakerOpenMs: openMs, connections, queue, budget }: UpstreamConfig,
    redis: SharedRedis | undefined,
  ) {
    if (breakerCalls > 0) {
      this.circuit = circuitOf('Logto', { strategy: failureRateOver(breakerCalls), openMs });
      this.tokenCircuit = circuitOf('the token endpoint', {
        strategy: new ConsecutiveBreaker(TOKEN_FAILURES),
        openMs,
      });
    }
    this.bulkhead = new Bulkhead({ inFlight: connections, waiting: queue });
    this.budget =
      budget &&
      new UpstreamBudget({
        bucket: redis ? new SharedBucket(budget, redis) : new MemoryBucket(budget),
        waiting: queue,
      });
  }
}
