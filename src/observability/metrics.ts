import { collectDefaultMetrics, Registry } from 'prom-client';
import { type Count, Counts } from './counts.js';
import type { Observer } from './observer.js';
import { Durations, type Series } from './durations.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Served {
  readonly method: string;
  readonly status: number;
  readonly by: string;
  readonly durations: Series;
  readonly answers: Count;
}

/** The metrics at /metrics. Each gateway has its own registry, because tests run several in one process. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests = new Durations<{ readonly method: string; readonly route: string; readonly status: number }>(
    'gateway_request_duration_seconds',
    'Time from the arrival of a request to the end of its answer, by method, route and status.',
    SECONDS,
    this.registry,
  );
  readonly #upstream = new Durations<{ readonly call: string; readonly outcome: number | 'error' }>(
    'gateway_upstream_call_duration_seconds',
    'Time a call to Logto took, by kind of call and outcome.',
    SECONDS,
    this.registry,
  );
  readonly #reads = new Counts<{ readonly call: string; readonly source: 'cache' | 'upstream' }>(
    'gateway_cache_reads_total',
    'Reads by where their answer came from.',
    ['call', 'source'],
    this.registry,
  );
  readonly #answers = new Counts<{ readonly by: string }>(
    'gateway_answers_total',
    'Answers by what gave them: remembered (given again), dispatch (the controller called directly), framework (Express and Nest), layers (refused before any of them).',
    ['by'],
    this.registry,
  );

  /** By route: making a key of all labels would cost as much as all else that is counted of a request. */
  readonly #served = new Map<string, readonly Served[]>();

  readonly #avoidedReads = new Map<string, Count>();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Counts calls to Logto and reads from the cache. */
  readonly observer: Observer = ({ request, name, source, outcome, durationMs }) => {
    if (source === 'upstream') this.#upstream.of({ call: name, outcome }).observe(durationMs / 1000);
    if (request.method === 'GET') this.#reads.of({ call: name, source }).value += 1;
  };

  /**
   * Counts an answered request.
   * @param route the route's pattern
   * @param by the part of the gateway that answered it
   */
  countRequest(method: string, route: string, status: number, by: string, durationMs: number): void {
    const served = this.#servedOf(method, route, status, by);
    served.durations.observe(durationMs / 1000);
    served.answers.value += 1;
  }

  #servedOf(method: string, route: string, status: number, by: string): Served {
    const known = this.#served.get(route) ?? [];
    for (const one of known) if (one.status === status && one.by === by && one.method === method) return one;
    const durations = this.#requests.of({ method, route, status });
    const served = { method, status, by, durations, answers: this.#answers.of({ by }) };
    this.#served.set(route, [...known, served]);
    return served;
  }

  /** Counts the reads of the cache that a remembered answer avoided, by kind. */
  countAvoidedReads(reads: readonly (readonly [name: string, count: number])[]): void {
    for (const [call, count] of reads) this.#avoidedReadsOf(call).value += count;
  }

  #avoidedReadsOf(call: string): Count {
    let count = this.#avoidedReads.get(call);
    if (!count) {
      count = this.#reads.of({ call, source: 'cache' });
      this.#avoidedReads.set(call, count);
    }
    return count;
  }
}
