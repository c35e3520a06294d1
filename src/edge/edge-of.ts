import { DiscoveryService } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Express } from 'express';
import { TokenVerifier } from '../access/token-verifier.js';
import { Memory } from '../cache/memory.js';
import { WriteLog } from '../cache/write-log.js';
import type { Config } from '../config/config.js';
import type { Connections } from '../http/connections.js';
import { InputPipe } from '../http/input.pipe.js';
import { ProblemFilter } from '../http/problem.filter.js';
import { CALLER_LIMIT } from '../limits/limits.tokens.js';
import type { RateLimiter } from '../limits/rate-limiter.js';
import { Metrics } from '../observability/metrics.js';
import { noteServed, type RequestLog } from '../observability/request-log.js';
import { Drain } from '../process/drain.js';
import { Overload } from '../process/overload.js';
import { AnswerDirectly } from './answer-directly.js';
import { directRoutes } from './direct-routes.js';
import { Edge } from './edge.js';
import { endOfHead } from './head.js';

export interface EdgeSetting {
  readonly publicUrl: () => string;
  readonly log: RequestLog;
  readonly connections: Connections;
  /** How long a connection is kept that nothing is asked on, in milliseconds. */
  readonly keepAliveMs: number;
  /** Headers that scripts of other origins may read. */
  readonly exposed: readonly string[];
}

/** The edge of an application: it answers with the application's own parts. */
export function edgeOf(app: NestExpressApplication, config: Config, setting: EdgeSetting): Edge {
  const { publicUrl, log, connections, keepAliveMs, exposed } = setting;
  const { departures } = connections;
  const isForOthers = config.corsOrigins.length > 0;
  const draining = app.get(Drain);
  const overload = app.get(Overload);
  const metrics = app.get(Metrics);
  const end = endOfHead(keepAliveMs);
  const edge: Edge = new Edge({
    maxBytes: config.cache.edgeBytes,
    verifier: app.get(TokenVerifier),
    memory: app.get(Memory),
    writeLog: app.get(WriteLog),
    limiter: app.get<RateLimiter | undefined>(CALLER_LIMIT),
    metrics,
    log,
    endOfHead: end,
    departures,
    onPending: (response) => connections.follow(response),
    isClosed: () => draining.begun || overload.refused > 0,
    findRoute: directRoutes({
      discovery: app.get(DiscoveryService),
      pipe: new InputPipe(),
      parseQuery: (app.getHttpAdapter().getInstance() as Express).get('query parser fn') as (text: string) => unknown,
    }),
    directly: new AnswerDirectly({
      publicUrl,
      // As `enableCors` has it, also for who names no origin.
      crossOrigin: isForOthers ? [['Access-Control-Expose-Headers', exposed.join(',')]] : [],
      vary: isForOthers ? 'Origin' : undefined,
      endOfHead: end,
      note: (request, response, context) =>
        response.once('close', () => {
          if (response.writableFinished) metrics.served(request, response, context.startedAt);
          noteServed(log, request, response, context);
        }),
      departures,
      onAnswer: (...sent) => edge.keep(...sent),
      filter: new ProblemFilter(),
    }),
  });
  return edge;
}
