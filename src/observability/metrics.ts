import type { ServerResponse } from 'node:http';
import type { Request, RequestHandler } from 'express';
import { collectDefaultMetrics, Counter, Registry } from 'prom-client';
import type { Observer } from '../upstream/stages/observe.stage.js';
import { Durations, type Series } from './durations.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What Prometheus reads at /metrics. One registry per gateway, so that several can live in one process. */
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
  readonly #cache = new Counter({
    name: 'gateway_cache_reads_total',
    help: 'Reads by where their answer came from.',
    labelNames: ['call', 'source'],
    registers: [this.registry],
    collect: () => this.#settle(),
  });
  /** Reads by kind since they were last added to `#cache`, which takes its time. */
  readonly #reads = { cache: new Map<string, number>(), upstream: new Map<string, number>() };

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
    if (source === 'upstream') this.#upstream.of({ call: name, outcome }).observe(durationMs / 1000);
    if (request.method === 'GET') add(this.#reads[source], name, 1);
  };

  /** What answers of a route are timed in. */
  edgeSeries(route: string, status: number): Series {
    return this.#requests.of({ method: 'GET', route, status });
  }

  /**
   * Counts an answer that was given in front of everything.
   * @param spared kinds of reads and how many of each it did without
   */
  edgeAnswer(spared: readonly (readonly [name: string, count: number])[]): void {
    this.#edge.inc();
    for (const [name, count] of spared) add(this.#reads.cache, name, count);
  }

  #settle(): void {
    for (const source of ['cache', 'upstream'] as const) {
      for (const [call, count] of this.#reads[source]) this.#cache.inc({ call, source }, count);
      this.#reads[source].clear();
    }
  }

  /** Times every request. */
  readonly middleware: RequestHandler = (request, response, next) => {
    const startedAt = performance.now();
    response.once('finish', () => this.served(request, response, startedAt));
    next();
  };

  /**
   * Times a request that was answered. The route's pattern is the label, never the path: ids would make a series each.
   * @param startedAt `performance.now()` at its arrival
   */
  served({ method = '', route }: ServedRoute, { statusCode: status }: ServerResponse, startedAt: number): void {
    const { path = 'none' } = (route ?? {}) as { readonly path?: string };
    this.#requests.of({ method, route: path, status }).observe((performance.now() - startedAt) / 1000);
  }
}

type ServedRoute = Partial<Pick<Request, 'method' | 'route'>>;

const add = (counts: Map<string, number>, name: string, more: number): void =>
  void counts.set(name, (counts.get(name) ?? 0) + more);
