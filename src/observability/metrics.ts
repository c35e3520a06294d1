import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { RequestHandler } from 'express';
import type { Observer } from '../upstream/stages/observe.stage.js';
import { Durations, type Series } from './durations.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What Prometheus reads at /metrics. One registry per gateway, so that several can live in one process. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests = new Durations(
    'gateway_request_duration_seconds',
    'Time from the arrival of a request to the end of its answer, by method, route and status.',
    SECONDS,
    this.registry,
  );
  readonly #upstream = new Histogram({
    name: 'gateway_upstream_call_duration_seconds',
    help: 'Time a call to Logto took, by kind of call and outcome.',
    labelNames: ['call', 'outcome'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly #cache = new Counter({
    name: 'gateway_cache_reads_total',
    help: 'Reads by where their answer came from.',
    labelNames: ['call', 'source'],
    registers: [this.registry],
    collect: () => this.#settle(),
  });
  /** Reads the edge answered since they were last added to `#cache`. */
  readonly #spared = new Map<string, number>();

  readonly #edge = new Counter({
    name: 'gateway_edge_answers_total',
    help: 'Repeat reads answered in front of everything else.',
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Counts exchanges with Logto and answers from the cache. */
  readonly observer: Observer = ({ request, name, source, outcome, durationMs }) => {
    if (source === 'upstream') this.#upstream.observe({ call: name, outcome }, durationMs / 1000);
    if (request.method === 'GET') this.#cache.inc({ call: name, source });
  };

  /** What an answer given in front of everything is timed in. */
  edgeSeries(route: string, status: number): Series {
    return this.#requests.of({ method: 'GET', route, status });
  }

  /**
   * Counts an answer that was given in front of everything.
   * @param spared kinds of reads and how many of each it did without
   */
  edgeAnswer(spared: readonly (readonly [name: string, count: number])[]): void {
    this.#edge.inc();
    for (const [name, count] of spared) this.#spared.set(name, (this.#spared.get(name) ?? 0) + count);
  }

  #settle(): void {
    for (const [call, count] of this.#spared) this.#cache.inc({ call, source: 'cache' }, count);
    this.#spared.clear();
  }

  /** Times every request. The route's pattern is the label, never the path: ids would make a series each. */
  readonly middleware: RequestHandler = (request, response, next) => {
    const startedAt = performance.now();
    response.once('finish', () => {
      const route = (request.route as { path?: string } | undefined)?.path ?? 'none';
      const series = this.#requests.of({ method: request.method, route, status: response.statusCode });
      series.observe((performance.now() - startedAt) / 1000);
    });
    next();
  };
}
