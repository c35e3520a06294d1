import { describeWithRedisServer } from '../support/redis.js';
import { OneRedis } from './one-redis.js';
import { playShort } from './short.js';

describeWithRedisServer('three replicas at one Redis', () => {
  const one = new OneRedis();
  playShort(one, one.phases());
});
