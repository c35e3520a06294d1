import { readFileSync } from 'node:fs';
import { createServer, type OutgoingHttpHeaders } from 'node:http';

// The cost of Node's http alone: the limit for every program on Node.

/** A prepared answer; the harness sets it. */
export interface BareAnswer {
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

const file = process.env['ANSWERS'];
const listed = file ? (JSON.parse(readFileSync(file, 'utf8')) as readonly BareAnswer[]) : [];
const answers = new Map(
  listed.map(({ path, headers, body }) => {
    const bytes = Buffer.from(body);
    const { 'content-type': _type, 'content-length': _length, ...without } = headers;
    return [path, { etag: headers['etag'], bytes, ok: { ...headers, 'content-length': bytes.length }, same: without }];
  }),
);

createServer((request, response) => {
  const answer = answers.get(request.url ?? '');
  if (!answer) {
    response.writeHead(404).end();
    return;
  }
  if (request.headers['if-none-match'] === answer.etag) {
    response.writeHead(304, answer.same).end();
    return;
  }
  response.writeHead(200, answer.ok);
  response.end(answer.bytes);
}).listen(Number(process.env['PORT']), '127.0.0.1');
