import { afterAll, beforeAll } from '@jest/globals';
import { describeWithRedisServer } from '../support/redis.js';
import { transpile } from '../support/start-process.js';
import { illReplicaPhases } from './ill-replicas.js';
import { OneRedis } from './one-redis.js';
import { playShort } from './short.js';

describeWithRedisServer('three replicas that are processes of their own', () => {
  const one = new OneRedis();
  let program: ReturnType<typeof transpile>;
  beforeAll(() => {
    program = transpile();
  });
  afterAll(() => program.remove());
  playShort(one, illReplicaPhases(one.redisUrls), () => program.main);
});
