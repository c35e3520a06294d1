import { describeWithRedisServer } from '../support/redis.js';
import { Clustered } from './clustered.js';
import { playShort } from './short.js';
import { Watched } from './watched.js';

describeWithRedisServer('three replicas at a Redis Cluster', () => {
  const cluster = new Clustered();
  playShort(cluster, cluster.phases());
});

describeWithRedisServer('three replicas at a Redis behind sentinels', () => {
  const watched = new Watched();
  playShort(watched, watched.phases());
});
