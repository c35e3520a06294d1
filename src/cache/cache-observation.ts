import type { Registry } from 'prom-client';
import type { Health } from '../observability/health.js';
import { registerCounters, registerGauges } from '../observability/read-metrics.js';
import type { MemoryStore } from './memory-store.js';
import type { SharedCache } from './shared-cache.js';
import type { WriteLog } from './write-log.js';

interface Observed {
  readonly memory: MemoryStore;
  readonly writeLog: WriteLog;
  readonly shared: SharedCache | undefined;
}

/** Shows what the cache counts by itself, at `/metrics` and `/health/ready`. */
export function observeCache({ memory, writeLog, shared }: Observed, registry: Registry, health: Health): void {
  const { reader } = writeLog;
  const of = (name: string, help: string, read: () => number | Record<string, number>) => ({
    name: `gateway_${name}`,
    help,
    label: 'outcome',
    read,
  });
  registerGauges(registry, [
    of('cache_memory_bytes', 'What is remembered here, as the bound counts it.', () => memory.usage.bytes),
    of('write_log_owed', 'Tags that other replicas could not be told of yet.', () => writeLog.owed),
    of('alone', '1 while what other replicas write is not known.', () => Number(reader?.state === 'alone')),
  ]);
  registerCounters(registry, [
    of('cache_evictions_total', 'Answers forgotten to make room.', () => memory.usage.evictions),
    ...(shared
      ? [of('cache_shared_reads_total', 'Reads of what replicas share, by outcome.', () => shared.counts)]
      : []),
    ...(reader ? [of('write_log_looks_total', 'Looks at the write log, by outcome.', () => reader.counts)] : []),
    of('write_log_appends_total', 'Records for the write log, by outcome.', () => writeLog.counts),
  ]);
  health.report('cache', () => {
    // Whoever asks how it does hears of a Redis that hangs, also where nothing else asks.
    if (reader && reader.confirmedMsAgo > 1000) void reader.catchUp();
    return { ...memory.usage, shared: shared !== undefined, sync: reader?.state ?? 'synced' };
  });
}
