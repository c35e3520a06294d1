import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Faults, FaultRule } from './faults.js';
import { BODY_LIMIT } from './http/bodies.js';
import { internalError } from './http/refusal.js';
import type { SandboxAnswer, SandboxRequest } from './http/exchange.js';
import type { RequestLog } from './request-log.js';
import type { Logto } from './logto.js';

const alwaysSent = {
  vary: 'Accept-Encoding, Origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'strict-transport-security': 'max-age=15552000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
};

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    // Beyond the limit the rest is read and dropped, because a client that is still sending would not read the response.
    if (size <= BODY_LIMIT) chunks.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(chunks);
}

function requestOf(incoming: IncomingMessage, body: Buffer): SandboxRequest {
  const target = incoming.url ?? '/';
  const mark = target.indexOf('?');
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, [value].flat().join(', ')]);
  return {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    headers: Object.fromEntries(headers),
    body,
  };
}

/** Writes spaces until the client disconnects; up to there it is valid JSON. */
function writeForever(response: ServerResponse): void {
  const chunk = ' '.repeat(16 * 1024);
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  response.write('[');
  more();
}

/** Writes one byte at a time until the client disconnects. */
async function drip(response: ServerResponse, bytes: Buffer, everyMs: number): Promise<void> {
  for (const byte of bytes) {
    if (response.destroyed) return;
    response.write(Uint8Array.of(byte));
    await sleep(everyMs, undefined, { ref: false });
  }
  response.end();
}

function send(response: ServerResponse, answer: SandboxAnswer, fault: FaultRule = {}): void {
  const body = fault.garble ? `{"garbled": ${answer.body.slice(0, 20)}` : answer.body;
  const bytes = fault.bomb === undefined ? Buffer.from(body) : gzipSync(Buffer.alloc(fault.bomb, ' '));
  const hasNoBody = answer.status === 204 || answer.status === 304;
  const length = hasNoBody || fault.endless ? {} : { 'content-length': String(bytes.length) };
  response.writeHead(answer.status, {
    ...alwaysSent,
    'logto-core-request-id': randomBytes(12).toString('base64url'),
    ...(answer.headers as Record<string, string | string[]>),
    ...(fault.bomb !== undefined && { 'content-encoding': 'gzip' }),
    ...length,
  });
  if (fault.endless) writeForever(response);
  else if (fault.cut !== undefined) cutAfter(response, bytes.subarray(0, fault.cut));
  else if (fault.dripMs !== undefined) void drip(response, bytes, fault.dripMs);
  else response.end(hasNoBody ? undefined : bytes);
}

/** Removes `If-None-Match`, because faults of the body need a response with a body. */
const unconditional = (request: SandboxRequest): SandboxRequest => ({
  ...request,
  headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== 'if-none-match')),
});

/** Sends the headers and these bytes, and then breaks the connection. */
function cutAfter(response: ServerResponse, bytes: Buffer): void {
  response.flushHeaders();
  if (bytes.length > 0) response.write(bytes, () => response.destroy());
  else setImmediate(() => response.destroy());
}

interface ServerOptions {
  readonly logto: Logto;
  readonly faults: Faults;
  readonly requestLog: RequestLog;
  latencyMs(): number;
}

async function serve(incoming: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<void> {
  const request = requestOf(incoming, await readBody(incoming));
  const entry = options.requestLog.write(request, incoming.url ?? '/');
  const fault = options.faults.match(request);
  const wait = options.latencyMs() + (fault?.delayMs ?? 0);
  if (wait > 0) await sleep(wait, undefined, { ref: false });
  await fault?.delayUntil;
  if (fault?.hang) return;
  if (fault?.reset === 'before') {
    incoming.socket.resetAndDestroy();
    return;
  }
  const injected =
    fault?.status === undefined
      ? undefined
      : { status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? '' };
  const answer =
    injected ?? (await options.logto(fault?.garble || fault?.endless || fault?.cut ? unconditional(request) : request));
  if (fault?.holdMs) await sleep(fault.holdMs, undefined, { ref: false });
  await fault?.holdUntil;
  if (fault?.reset === 'after') {
    incoming.socket.resetAndDestroy();
    return;
  }
  entry.status = answer.status;
  send(response, answer, fault);
}

/** Serves the look-alike over HTTP. Paths are passed on byte for byte. */
export function makeServer(options: ServerOptions): Server {
  // Logto's keep-alive timeout is Node's default of 5 s, which clients must cope with.
  return createServer({ keepAliveTimeout: 5000 }, (incoming, response) => {
    serve(incoming, response, options).catch((error: unknown) => {
      // A client that disconnected while sending gets no response. Anything else is a bug in the sandbox.
      if (incoming.destroyed && !incoming.complete) return;
      process.stderr.write(`sandbox: ${incoming.method ?? ''} ${incoming.url ?? ''}: ${String(error)}\n`);
      if (!response.headersSent) send(response, internalError().answer());
    });
  });
}
