import { describeWithRedisServer } from '../support/redis.js';
import { OneRedis } from './one-redis.js';
import { testPhases } from './short.js';

describeWithRedisServer('three replicas with one Redis', () => {
  const one = new OneRedis();
  testPhases(one, one.phases());
});
