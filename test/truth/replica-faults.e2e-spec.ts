import { afterAll, beforeAll } from '@jest/globals';
import { describeWithRedisServer } from '../support/redis.js';
import { transpile } from '../support/start-process.js';
import { replicaFaultPhases } from './replica-faults.js';
import { OneRedis } from './one-redis.js';
import { testPhases } from './short.js';

describeWithRedisServer('three replicas in separate processes', () => {
  const one = new OneRedis();
  let program: ReturnType<typeof transpile>;
  beforeAll(() => {
    program = transpile();
  });
  afterAll(() => program.remove());
  testPhases(one, replicaFaultPhases(one.redisUrls), () => program.main);
});
