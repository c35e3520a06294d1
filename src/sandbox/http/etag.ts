import { createHash } from 'node:crypto';
import type { SandboxAnswer, SandboxRequest } from './exchange.js';

const etagOf = (body: string) =>
  `"${Buffer.byteLength(body).toString(16)}-${createHash('sha1').update(body).digest('base64').slice(0, 27)}"`;

const matches = (header: string, etag: string) =>
  header.split(',').some((candidate) => ['*', etag].includes(candidate.trim().replace(/^W\//, '')));

/** Gives a read its ETag and turns a repeat read of the same bytes into 304, as Logto does for GET and not for HEAD. */
export function conditional(request: SandboxRequest, answer: SandboxAnswer): SandboxAnswer {
  if (request.method !== 'GET' || answer.status !== 200 || answer.body === '') return answer;
  const etag = etagOf(answer.body);
  const asked = request.headers['if-none-match'];
  if (asked === undefined || /\bno-cache\b/.test(request.headers['cache-control'] ?? '') || !matches(asked, etag)) {
    return { ...answer, headers: { ...answer.headers, etag } };
  }
  const { 'content-type': _type, ...headers } = answer.headers;
  return { status: 304, headers: { ...headers, etag }, body: '' };
}
