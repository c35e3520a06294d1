import { DiscoveryService } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { RequestHandler } from 'express';
import { TokenVerifier } from '../access/token-verifier.js';
import { Fence } from '../cache/fence.js';
import { Memory } from '../cache/memory.js';
import type { Config } from '../config/config.js';
import type { GatewayAdapter } from '../http/gateway.adapter.js';
import { InputPipe } from '../http/input.pipe.js';
import { ProblemFilter } from '../http/problem.filter.js';
import { CALLER_LIMIT } from '../limits/limits.tokens.js';
import type { RateLimiter } from '../limits/rate-limiter.js';
import { Metrics } from '../observability/metrics.js';
import type { RequestLog } from '../observability/request-log.js';
import { Drain } from '../process/drain.js';
import { Overload } from '../process/overload.js';
import { answerDirectly } from './answer-directly.js';
import { directRoutes } from './direct-routes.js';
import { Edge } from './edge.js';

export interface EdgeSetting {
  readonly log: RequestLog;
  /** What every request goes through before it is known what it is for, in this order. */
  readonly entrance: readonly RequestHandler[];
  /** How long a connection is kept that nothing is asked on, in milliseconds. */
  readonly keepAliveMs: number;
}

/** The edge of an application: it answers with the application's own parts. */
export function edgeOf(app: NestExpressApplication, config: Config, { log, entrance, keepAliveMs }: EdgeSetting): Edge {
  const adapter = app.getHttpAdapter() as unknown as GatewayAdapter;
  const draining = app.get(Drain);
  const overload = app.get(Overload);
  return new Edge({
    maxBytes: config.cache.edgeBytes,
    verifier: app.get(TokenVerifier),
    memory: app.get(Memory),
    fence: app.get(Fence),
    limiter: app.get<RateLimiter | undefined>(CALLER_LIMIT),
    metrics: app.get(Metrics),
    log,
    keepAliveMs,
    isClosed: () => draining.begun || overload.refused > 0,
    findRoute: directRoutes({
      discovery: app.get(DiscoveryService),
      pipe: new InputPipe(),
      parseQuery: adapter.getInstance().get('query parser fn') as (text: string) => unknown,
    }),
    answerDirectly: answerDirectly({
      entrance: config.corsOrigins.length > 0 ? [...entrance, varyOrigin] : entrance,
      reply: (response, body, status) => adapter.reply(response, body, status),
      filter: new ProblemFilter(),
    }),
  });
}

/** What the framework says to requests of no origin where others have one. */
const varyOrigin: RequestHandler = (_request, response, next) => {
  response.setHeader('Vary', 'Origin');
  next();
};
