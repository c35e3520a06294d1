import { Logger } from '@nestjs/common';
import { ConsecutiveBreaker } from 'cockatiel';
import type { UpstreamConfig } from '../config/config.js';
import type { SharedRedis } from '../redis/shared-redis.js';
import { MemoryBucket } from './budget/memory-bucket.js';
import { SharedBucket } from './budget/shared-bucket.js';
import { UpstreamBudget } from './budget/upstream-budget.js';
import { Bulkhead } from './bulkhead.js';
import { Circuit, mostOfTheLast } from './circuit.js';

const log = new Logger('Upstream');

/** Its calls are few and all alike: three failures in a row say enough. */
const TOKEN_FAILURES = 3;

const circuitOf = (what: string, options: ConstructorParameters<typeof Circuit>[0]): Circuit =>
  new Circuit({ ...options, onChange: (state) => log.warn(`the circuit to ${what} is ${state}`) });

/** What protects Logto and those who wait for it; one of each in a gateway. */
export class UpstreamPolicies {
  readonly circuit: Circuit | undefined;
  readonly tokenCircuit: Circuit | undefined;
  readonly room: Bulkhead;
  readonly purse: UpstreamBudget | undefined;

  constructor(
    { breakerCalls, breakerOpenMs: openMs, connections, queue, budget }: UpstreamConfig,
    redis: SharedRedis | undefined,
  ) {
    if (breakerCalls > 0) {
      this.circuit = circuitOf('Logto', { strategy: mostOfTheLast(breakerCalls), openMs });
      this.tokenCircuit = circuitOf('the token endpoint', {
        strategy: new ConsecutiveBreaker(TOKEN_FAILURES),
        openMs,
      });
    }
    this.room = new Bulkhead({ inFlight: connections, waiting: queue });
    this.purse =
      budget &&
      new UpstreamBudget({
        bucket: redis ? new SharedBucket(budget, redis) : new MemoryBucket(budget),
        waiting: queue,
      });
  }
}
