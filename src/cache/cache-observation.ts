import { Counter, Gauge, type Registry } from 'prom-client';
import type { Health } from '../observability/health.js';
import type { MemoryStore } from './memory-store.js';
import type { Replication } from './replication.js';

/** Shows what the cache counts by itself, at `/metrics` and `/health/ready`. */
export function observeCache(
  memory: MemoryStore,
  { fence, shared, bulletin }: Replication,
  registry: Registry,
  health: Health,
): void {
  const bytes = new Gauge({
    name: 'gateway_cache_memory_bytes',
    help: 'What is remembered in this process, as the bound counts it.',
    collect() {
      this.set(memory.usage.bytes);
    },
    registers: [],
  });
  registry.registerMetric(bytes);
  counter('gateway_cache_evictions_total', 'Answers forgotten to make room.', registry, () => ({
    '': memory.usage.evictions,
  }));
  if (shared) {
    counter('gateway_cache_shared_reads_total', 'Reads of what replicas share, by outcome.', registry, () => ({
      ...shared.counts,
    }));
  }
  if (bulletin) {
    counter('gateway_cache_writes_told_total', 'Writes told to other replicas, by outcome.', registry, () => ({
      ...bulletin.counts,
    }));
  }
  health.report('cache', () => ({
    entries: memory.usage.entries,
    bytes: memory.usage.bytes,
    evictions: memory.usage.evictions,
    shared: shared !== undefined,
    // False: writes of other replicas are not heard of at present, and memory is not trusted without asking.
    hearsOthers: fence.trust === 'sure',
  }));
}

/** A counter whose values are kept elsewhere, by outcome; the outcome '' is a counter without one. */
function counter(name: string, help: string, registry: Registry, values: () => Record<string, number>): void {
  const labelNames = '' in values() ? [] : ['outcome'];
  const metric = new Counter({
    name,
    help,
    labelNames,
    registers: [],
    collect() {
      this.reset();
      for (const [outcome, value] of Object.entries(values())) this.inc(outcome === '' ? {} : { outcome }, value);
    },
  });
  registry.registerMetric(metric);
}
