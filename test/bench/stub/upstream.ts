import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { catalogue, memberRoles, MEMBERS, membersPage, organization } from './tenant.js';
import { makeIssuer } from './issuer.js';

// A Logto with prepared replies, so that only the server in front of it is measured. GET /bench/calls returns the number of API calls
// since the last such request; PUT /bench/latency/20 delays every API reply.

const port = Number(process.env['PORT']);
const issuer = await makeIssuer(`http://127.0.0.1:${port}/oidc`);
let calls = 0;
let latencyMs = 0;

interface Answer {
  readonly body: string;
  readonly status?: number;
  readonly total?: number;
}

const pages = new Map<string, string>();
const page = (query: string): string => {
  let body = pages.get(query);
  if (body === undefined) {
    const params = new URLSearchParams(query);
    body = membersPage(Number(params.get('page') ?? 1), Number(params.get('page_size') ?? 20));
    pages.set(query, body);
  }
  return body;
};

const ORGANIZATION = /^\/api\/organizations\/([\w-]+)(\/users(?:\/([\w-]+)\/roles)?)?$/;

const apiAnswer = (method: string, path: string, query: string): Answer => {
  if (path === '/api/organization-roles') return { body: catalogue, total: 3 };
  const [, id, users, userId] = ORGANIZATION.exec(path) ?? [];
  if (id === undefined)
    return { status: 404, body: '{"code":"entity.not_found","message":"The bench does not ask this."}' };
  if (userId !== undefined) return { body: memberRoles(userId) };
  if (users === undefined) return { body: organization(id) };
  if (method === 'POST') return { status: 201, body: '{"userIds":["user00000001"]}' };
  return { body: page(query), total: MEMBERS };
};

const send = (response: ServerResponse, { body, status = 200, total }: Answer): void => {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...(total !== undefined && { 'total-number': total }),
  });
  response.end(body);
};

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

const ownAnswer = async (request: IncomingMessage, path: string): Promise<Answer> => {
  if (path === '/oidc/jwks') return { body: issuer.jwks };
  if (path === '/oidc/token') return { body: await issuer.token(new URLSearchParams(await textOf(request))) };
  if (path.startsWith('/bench/latency/')) latencyMs = Number(path.slice('/bench/latency/'.length));
  const body = JSON.stringify({ calls, latencyMs });
  calls = 0;
  return { body };
};

createServer({ keepAliveTimeout: 5000 }, (request, response) => {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  if (!path.startsWith('/api/')) {
    void ownAnswer(request, path).then((answer) => send(response, answer));
    return;
  }
  request.resume();
  if (path === '/api/status') {
    response.writeHead(204).end();
    return;
  }
  calls += 1;
  const answer = apiAnswer(request.method ?? 'GET', path, query);
  if (latencyMs > 0) setTimeout(send, latencyMs, response, answer);
  else send(response, answer);
}).listen(port, '127.0.0.1');
