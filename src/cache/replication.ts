import type { Keyv } from 'keyv';
import type { SharedRedis } from '../redis/shared-redis.js';
import { Bulletin } from './bulletin.js';
import { Epochs } from './epochs.js';
import { Fence } from './fence.js';
import { Leases } from './leases.js';
import { SharedCache } from './shared-cache.js';
import { SharedEpochs } from './shared-epochs.js';

/** The cache of one replica as part of all of them; alone, it is a fence and nothing else. */
export interface Replication {
  readonly fence: Fence;
  readonly shared: SharedCache | undefined;
  readonly bulletin: Bulletin | undefined;
}

/** Ties the parts together that need each other: who raises tags tells others, and hears of theirs. */
export function replicate(redis: SharedRedis | undefined, store: Keyv | undefined): Replication {
  const local = new Epochs();
  if (!redis) return { fence: new Fence(local), shared: undefined, bulletin: undefined };
  const epochs = new SharedEpochs(redis);
  const bulletin = new Bulletin({
    redis,
    epochs,
    onTags: (tags) => fence.hear(tags),
    onRestored: () => fence.forget(),
  });
  const fence: Fence = new Fence(local, bulletin);
  redis.whenUsable(() => void fence.settle());
  return { fence, bulletin, shared: store && new SharedCache(redis, store, epochs, new Leases(redis)) };
}
