import type { Registry } from 'prom-client';
import type { Health } from '../observability/health.js';
import { registerCounters, registerGauges } from '../observability/read-metrics.js';
import type { MemoryStore } from './memory-store.js';
import type { SharedCache } from './shared-cache.js';
import type { WriteLog } from './write-log.js';

interface CacheParts {
  readonly memory: MemoryStore;
  readonly writeLog: WriteLog;
  readonly shared: SharedCache | undefined;
}

/** Reports the state of the cache at `/metrics` and `/health/ready`. */
export function observeCache({ memory, writeLog, shared }: CacheParts, registry: Registry, health: Health): void {
  const { reader } = writeLog;
  const of = (name: string, help: string, read: () => number | Record<string, number>) => ({
    name: `gateway_${name}`,
    help,
    label: 'outcome',
    read,
  });
  registerGauges(registry, [
    of('cache_memory_bytes', 'Memory that cached replies take, as counted for its bound.', () => memory.usage.bytes),
    of('write_log_owed', 'Writes that could not be announced to other replicas yet.', () => writeLog.pending),
    of('alone', '1 while the writes of other replicas are unknown.', () => Number(reader?.state === 'alone')),
  ]);
  registerCounters(registry, [
    of('cache_evictions_total', 'Cached replies evicted to free memory.', () => memory.usage.evictions),
    ...(shared
      ? [of('cache_shared_reads_total', 'Reads of the shared cache in Redis, by outcome.', () => shared.counts)]
      : []),
    ...(reader ? [of('write_log_looks_total', 'Polls of the write log, by outcome.', () => reader.counts)] : []),
    of('write_log_appends_total', 'Records appended to the write log, by outcome.', () => writeLog.counts),
  ]);
  health.report('cache', () => {
    // Without reads nothing else would notice that Redis hangs.
    if (reader && reader.syncedMsAgo > 1000) void reader.catchUp();
    return { ...memory.usage, shared: shared !== undefined, sync: reader?.state ?? 'synced' };
  });
}
