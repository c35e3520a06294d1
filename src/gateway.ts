import 'reflect-metadata';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Logger } from 'pino';
import { TokenVerifier } from './access/token-verifier.js';
import { AppModule } from './app.module.js';
import { MemoryCache } from './cache/memory-cache.js';
import { WriteLog } from './cache/write-log.js';
import type { Addresses } from './config/addresses.js';
import type { Config } from './config/config.js';
import { AnswerWriter } from './inbound/visit/answer-writer.js';
import { answerClientErrors } from './inbound/server/client-error.js';
import { clientAddress } from './inbound/server/client-address.js';
import { Connections } from './inbound/server/connections.js';
import { GatewayAdapter } from './inbound/framework/gateway.adapter.js';
import { inboundLayers, serve } from './inbound/inbound.js';
import { ResponseCache } from './inbound/remembered/response-cache.js';
import { RouteTable } from './inbound/routing/route-table.js';
import type { Layer } from './inbound/layers/layer.js';
import { AUTH_FAILURE_LIMIT, CALLER_LIMIT } from './limits/limits.tokens.js';
import type { RateLimiter } from './limits/rate-limiter.js';
import { createLogger } from './observability/logger.js';
import { Metrics } from './observability/metrics.js';
import { NestLogger } from './observability/nest-logger.js';
import { requestLogger } from './observability/request-log.js';
import { DOCS_PATHS, setUpDocs } from './openapi/docs.js';
import { Drain } from './process/drain.js';
import { Overload } from './process/overload.js';
import type { Sandbox } from './sandbox/sandbox.js';

export interface Gateway {
  readonly app: NestExpressApplication;
  /** Its address: http://host:port. */
  readonly url: string;
  readonly addresses: Addresses;
  /** The OpenAPI document that /docs shows. */
  readonly document: OpenAPIObject;
  readonly logger: Logger;
  /** The embedded sandbox; undefined with a Logto. */
  readonly sandbox: Sandbox | undefined;
  /** Makes readiness fail, and still accepts requests. */
  drain(): void;
  /** Stops listening, lets requests in flight finish, and closes everything. */
  close(): Promise<void>;
}

/** Loads the sandbox only when it is needed: it is a twentieth of the code. */
const startEmbeddedSandbox = async ({ host, auth, sandbox }: Config): Promise<Sandbox> => {
  const { startSandbox } = await import('./sandbox/sandbox.js');
  return startSandbox({ host, port: sandbox.port, latencyMs: sandbox.latencyMs, audience: auth.audience });
};

export interface GatewayOptions {
  /** Changes the list of layers that every request meets, for instance to add one. */
  readonly layers?: (layers: readonly Layer[]) => readonly Layer[];
}

/** Assembles the gateway and listens. It is the one place that does this, for production and for tests. */
export async function createGateway(
  config: Config,
  logger: Logger = createLogger(config.logLevel),
  { layers = (list) => list }: GatewayOptions = {},
): Promise<Gateway> {
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

  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.with(config, addresses, logger),
    new GatewayAdapter(addresses),
    { bodyParser: false, logger: new NestLogger(logger), abortOnError: false },
  );
  const document = setUpDocs(app, config, addresses);

  const server = app.getHttpServer() as Server;
  answerClientErrors(server);
  const connections = new Connections(server);
  const writer = new AnswerWriter(connections.responseBatcher, server.keepAliveTimeout);
  const overload = app.get(Overload);
  const routes = app.get(RouteTable);
  const responses = new ResponseCache({
    maxBytes: config.cache.responseCacheBytes,
    memory: app.get(MemoryCache),
    writeLog: app.get(WriteLog),
  });
  const inbound = inboundLayers({
    log: requestLogger(logger, config.logReadsEvery),
    metrics: app.get(Metrics),
    corsOrigins: config.corsOrigins,
    overload,
    verifier: app.get(TokenVerifier),
    failureLimit: app.get<RateLimiter | undefined>(AUTH_FAILURE_LIMIT),
    callerLimit: app.get<RateLimiter | undefined>(CALLER_LIMIT),
    addressOf: clientAddress(config.trustProxy),
    writer,
    shortcuts: config.shortcuts ? { responses, routes } : undefined,
    publicUrl: () => addresses.publicUrl,
    express: app.getHttpAdapter().getInstance() as RequestListener,
  });
  serve(server, layers(inbound), writer, connections);
  await app.listen(config.port, config.host);
  for (const path of DOCS_PATHS) routes.add('GET', path);
  overload.start();
  const { port } = server.address() as AddressInfo;
  listeningAt = `http://${config.host === '0.0.0.0' || config.host === '127.0.0.1' ? 'localhost' : config.host}:${port}`;

  const draining = app.get(Drain);
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
