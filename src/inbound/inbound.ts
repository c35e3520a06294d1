import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { TokenVerifier } from '../access/token-verifier.js';
import { pipe } from '../core/pipe.js';
import type { RateLimiter } from '../limits/rate-limiter.js';
import type { Metrics } from '../observability/metrics.js';
import type { RequestLog } from '../observability/request-log.js';
import type { Overload } from '../process/overload.js';
import { authenticate } from './layers/authenticate.layer.js';
import { context } from './layers/context.layer.js';
import { cors } from './layers/cors.layer.js';
import { dispatch } from './layers/dispatch.layer.js';
import { framework } from './layers/framework.layer.js';
import { identify } from './layers/identify.layer.js';
import type { Layer } from './layers/layer.js';
import { limit } from './layers/limit.layer.js';
import { log } from './layers/log.layer.js';
import { measure } from './layers/measure.layer.js';
import { problems } from './layers/problems.layer.js';
import { rememberedAnswer } from './layers/remembered-answer.layer.js';
import { secure } from './layers/secure.layer.js';
import { shed } from './layers/shed.layer.js';
import type { ResponseCache } from './remembered/response-cache.js';
import type { RouteTable } from './routing/route-table.js';
import type { Connections } from './server/connections.js';
import type { AnswerWriter } from './visit/answer-writer.js';
import { originForm } from './visit/request-target.js';
import { Visit } from './visit/visit.js';

export interface InboundOptions {
  readonly log: RequestLog;
  readonly metrics: Metrics;
  /** Origins whose scripts may use the gateway. Without any there is no CORS. */
  readonly corsOrigins: readonly string[];
  readonly overload: Overload;
  readonly verifier: TokenVerifier;
  /** Limits the invalid tokens of an address; undefined means no limit. */
  readonly failureLimit: RateLimiter | undefined;
  /** Limits the requests of a caller; undefined means no limit. */
  readonly callerLimit: RateLimiter | undefined;
  readonly addressOf: (request: IncomingMessage) => string;
  readonly writer: AnswerWriter;
  /** Undefined with EDGE=off: the framework answers everything. */
  readonly shortcuts: { readonly responses: ResponseCache; readonly routes: RouteTable } | undefined;
  readonly publicUrl: () => string;
  /** Express, with Nest behind it. */
  readonly express: RequestListener;
}

/** The layers in the order in which every request meets them. */
export const inboundLayers = (options: InboundOptions): readonly Layer[] => {
  const { corsOrigins, verifier, failureLimit: failures, addressOf, callerLimit } = options;
  const { shortcuts, writer, metrics, publicUrl } = options;
  return [
    identify,
    log(options.log),
    measure(metrics),
    problems,
    secure,
    corsOrigins.length > 0 && cors(corsOrigins),
    shed(options.overload),
    authenticate({ verifier, failures, addressOf }),
    callerLimit && limit(callerLimit),
    shortcuts && rememberedAnswer({ responses: shortcuts.responses, writer, metrics }),
    context,
    shortcuts && dispatch({ routes: shortcuts.routes, publicUrl, onAnswer: shortcuts.responses.store }),
    framework(options.express),
  ].filter((layer) => typeof layer === 'function');
};

/** Makes a server take every request through the layers. */
export function serve(server: Server, layers: readonly Layer[], writer: AnswerWriter, connections: Connections): void {
  const handle = pipe(...layers)(() => {
    throw new Error('there is nothing after the last layer');
  });
  server.on('request', (request, response) => {
    request.url = originForm(request.url ?? '');
    const visit = new Visit(request, response, writer);
    connections.follow(visit);
    void handle(visit);
  });
}
