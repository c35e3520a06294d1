import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Logger } from 'pino';
import { authenticate } from './access/authenticate.middleware.js';
import { TokenVerifier } from './access/token-verifier.js';
import { AppModule } from './app.module.js';
import type { Addresses } from './config/addresses.js';
import type { Config } from './config/config.js';
import { edgeOf } from './edge/edge-of.js';
import { serveInFront } from './edge/serve-in-front.js';
import { answerBrokenHttp } from './http/broken-http.js';
import { Connections } from './http/connections.js';
import { GatewayAdapter } from './http/gateway.adapter.js';
import { endIdleConnections } from './http/idle-connections.js';
import { requestContextMiddleware } from './http/request-context.middleware.js';
import { setSecurityHeaders } from './http/security-headers.js';
import { CALLER_LIMIT, STRANGER_LIMIT } from './limits/limits.tokens.js';
import { limitCallers } from './limits/limit-callers.middleware.js';
import type { RateLimiter } from './limits/rate-limiter.js';
import { createLogger } from './observability/logger.js';
import { Metrics } from './observability/metrics.js';
import { NestLogger } from './observability/nest-logger.js';
import { requestLog, requestLogger } from './observability/request-log.js';
import { setUpDocs } from './openapi/docs.js';
import { Drain } from './process/drain.js';
import { Overload } from './process/overload.js';
import { refuseOverload } from './process/refuse-overload.middleware.js';
import type { Sandbox } from './sandbox/sandbox.js';

export interface Gateway {
  readonly app: NestExpressApplication;
  /** Where it listens: http://host:port. */
  readonly url: string;
  readonly addresses: Addresses;
  /** The OpenAPI document that /docs shows. */
  readonly document: OpenAPIObject;
  readonly logger: Logger;
  /** The embedded sandbox, when no Logto was named. */
  readonly sandbox: Sandbox | undefined;
  /** Says that no more requests are to be sent here, and still takes them. */
  drain(): void;
  /** Stops listening, lets requests under way finish, closes what was opened. */
  close(): Promise<void>;
}

/** Loaded for those who try the gateway out only: it is a twentieth of the code. */
const startEmbeddedSandbox = async ({ host, auth, sandbox }: Config): Promise<Sandbox> => {
  const { startSandbox } = await import('./sandbox/sandbox.js');
  return startSandbox({ host, port: sandbox.port, latencyMs: sandbox.latencyMs, audience: auth.audience });
};

/** Assembles the gateway and listens: the one place where this is done, for production and for tests. */
export async function createGateway(config: Config, logger: Logger = createLogger(config.logLevel)): Promise<Gateway> {
  const sandbox = config.upstream.sandbox ? await startEmbeddedSandbox(config) : undefined;
  const endpoint = config.upstream.endpoint ?? sandbox?.url ?? '';
  const issuer = config.auth.issuer ?? `${endpoint}/oidc`;
  let listeningAt = '';
  const addresses: Addresses = {
    endpoint,
    issuer,
    jwksUrl: config.auth.jwksUrl ?? `${issuer}/jwks`,
    get publicUrl() {
      return config.publicUrl ?? listeningAt;
    },
  };

  const adapter = new GatewayAdapter(addresses);
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(config, addresses, logger), adapter, {
    bodyParser: false,
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  app.set('trust proxy', config.trustProxy);
  const metrics = app.get(Metrics);
  // In the order a request meets them: it gets its identity before anything can answer it.
  const log = requestLogger(logger, config.logReadsEvery);
  app.use(requestContextMiddleware, requestLog(log), metrics.middleware, setSecurityHeaders);
  if (config.corsOrigins.length > 0)
    app.enableCors({ origin: [...config.corsOrigins], exposedHeaders: EXPOSED, maxAge: 600 });
  const overload = app.get(Overload);
  app.use(refuseOverload(overload));
  app.use(
    ['/api', '/internal'],
    authenticate(app.get(TokenVerifier), app.get<RateLimiter | undefined>(STRANGER_LIMIT)),
  );
  const limit = app.get<RateLimiter | undefined>(CALLER_LIMIT);
  if (limit) app.use('/api', limitCallers(limit));
  const document = setUpDocs(app, config, addresses);

  const server = app.getHttpServer() as Server;
  endIdleConnections(server);
  const connections = new Connections(server);
  adapter.handOver = (response, body) => connections.departures.end(response, body);
  const draining = app.get(Drain);
  if (config.edge) {
    const publicUrl = () => addresses.publicUrl;
    const edge = edgeOf(app, config, {
      publicUrl,
      log,
      connections,
      keepAliveMs: server.keepAliveTimeout,
      exposed: EXPOSED,
    });
    adapter.onAnswer = edge.keep;
    serveInFront(server, edge.serve);
  }
  answerBrokenHttp(server);
  await app.listen(config.port, config.host);
  overload.start();
  const { port } = server.address() as AddressInfo;
  listeningAt = `http://${config.host === '0.0.0.0' || config.host === '127.0.0.1' ? 'localhost' : config.host}:${port}`;

  const drain = (): void => {
    if (draining.begun) return;
    draining.begin();
    connections.closeAfterAnswers();
  };
  const close = async (): Promise<void> => {
    drain();
    await connections.closeUnused(app.close());
    await sandbox?.close();
  };
  return {
    app,
    url: listeningAt,
    addresses,
    get document() {
      return document();
    },
    logger,
    sandbox,
    drain,
    close,
  };
}

/** Headers that scripts of other origins may read. */
const EXPOSED = [
  'ETag',
  'Link',
  'Location',
  'Total-Number',
  'X-Request-Id',
  'X-Aggregate-Complete',
  'Cache-Status',
  'Age',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Server-Timing',
  'Idempotent-Replayed',
];
