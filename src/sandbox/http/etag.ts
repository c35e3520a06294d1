import { createHash } from 'node:crypto';
import type { SandboxAnswer, SandboxRequest } from './exchange.js';

const etagOf = (body: string) =>
  `"${Buffer.byteLength(body).toString(16)}-${createHash('sha1').update(body).digest('base64').slice(0, 27)}"`;

const matches = (header: string, etag: string) =>
  header.split(',').some((candidate) => ['*', etag].includes(candidate.trim().replace(/^W\//, '')));

/** Adds an ETag to a read, or answers 304 if it matches, like Logto for GET but not for HEAD. */
export function conditional(request: SandboxRequest, answer: SandboxAnswer): SandboxAnswer {
  if (request.method !== 'GET' || answer.status !== 200 || answer.body === '') return answer;
  const etag = etagOf(answer.body);
  const header = request.headers['if-none-match'];
  if (header === undefined || /\bno-cache\b/.test(request.headers['cache-control'] ?? '') || !matches(header, etag)) {
    return { ...answer, headers: { ...answer.headers, etag } };
  }
  const { 'content-type': _type, ...headers } = answer.headers;
  return { status: 304, headers: { ...headers, etag }, body: '' };
}
