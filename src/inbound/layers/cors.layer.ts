import middleware, { type CorsRequest } from 'cors';
import { emptyAnswer } from '../../http/answers/answer.js';
import { headerBlock, type Headers } from '../../http/answers/headers.js';
import type { Layer } from './layer.js';

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
const PREFLIGHT_S = 600;

type Cors = ReturnType<typeof middleware<CorsRequest>>;

/** Lets scripts of the given origins use the gateway. */
export const cors = (origins: readonly string[]): Layer => {
  const handle = middleware<CorsRequest>({ origin: [...origins], exposedHeaders: EXPOSED, maxAge: PREFLIGHT_S });
  // The headers depend on the origin alone, so they are built once for each.
  const blockFor = (origin: string | undefined) =>
    headerBlock(headersFor(handle, { method: 'GET', headers: { origin } }), { onNotModified: true });
  const blocks = new Map(origins.map((origin) => [origin, blockFor(origin)]));
  const others = blockFor(undefined);
  return (next) => (visit) => {
    const { request } = visit;
    if (request.method === 'OPTIONS') return visit.send({ ...emptyAnswer(204), headers: headersFor(handle, request) });
    visit.addHeaders(blocks.get(request.headers.origin ?? '') ?? others);
    return next(visit);
  };
};

const headersFor = (handle: Cors, request: CorsRequest): Headers => {
  const headers = new Map<string, string>();
  const response = {
    getHeader: (name: string) => headers.get(name),
    setHeader: (name: string, value: string) => headers.set(name, value),
    end: () => undefined,
  };
  handle(request, response, () => undefined);
  return [...headers];
};
