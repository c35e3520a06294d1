import { describeWithRedisServer } from '../support/redis.js';
import { OnCluster } from './on-cluster.js';
import { testPhases } from './short.js';
import { BehindSentinels } from './behind-sentinels.js';

describeWithRedisServer('three replicas with a Redis Cluster', () => {
  const cluster = new OnCluster();
  testPhases(cluster, cluster.phases());
});

describeWithRedisServer('three replicas with a Redis behind sentinels', () => {
  const sentinels = new BehindSentinels();
  testPhases(sentinels, sentinels.phases());
});
