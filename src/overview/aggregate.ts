import { createHash } from 'node:crypto';
import { Representation } from '../http/answers/representation.js';
import { combine } from '../upstream/combine.js';
import type { UpstreamReply } from '../core/exchange.js';
import { Payload } from '../core/payload.js';
import type { OverviewMetaDto } from './overview.dto.js';
import type { OverviewParts } from './overview.reader.js';

/** The bytes contain `ageMs` of the parts, so they are served for as long as the precision of `Age`. */
const GOOD_FOR_MS = 1000;

/** The serialized content of an aggregate: everything but `meta` and the closing brace. */
interface Rendered {
  readonly identity: string;
  readonly bytes: Buffer;
}

/**
 * The last content rendered from a list of members, by the list's first page. It is garbage-collected with that page, and
 * the cache's accounting of the pages leaves room for it. While the parts are unchanged, only `meta` has to be serialized
 * again, which happens every second for an aggregate in demand.
 */
const rendered = new WeakMap<Payload, Rendered>();

/** An aggregate: content, which stays the same while the parts do, and `meta`, which has their ages. */
export interface Aggregate {
  /** A pure function: the same parts and selection give the same content. */
  readonly content: () => object;
  readonly meta: OverviewMetaDto;
}

/**
 * Renders an aggregate. The ETag identifies the parts and the selection, not `ageMs` and `source`, which differ between
 * calls and would prevent any 304. An incomplete aggregate must not be stored.
 */
export function representAggregate(
  parts: OverviewParts,
  { content, meta }: Aggregate,
  selection: unknown,
): Representation {
  const { organization, members, catalogue } = parts;
  const memberPages = members?.value?.pages ?? [];
  const rolePages = catalogue?.value?.pages ?? [];
  const { complete, consistent } = meta;
  // Grouped by part, because all empty lists have the same bytes. The total is not contained in any page.
  const identity = JSON.stringify([
    [[organization], memberPages, rolePages].map((pages) => pages.map(({ payload }) => payload.etag)),
    members?.value?.total,
    selection,
    consistent,
  ]);
  const whole = withMeta(render(memberPages, identity, content), meta);
  return new Representation(new Payload(whole), combine([organization, ...memberPages, ...rolePages]), {
    storable: complete,
    goodForMs: GOOD_FOR_MS,
    etag: createHash('sha256').update(identity).digest('base64url').slice(0, 27),
    headers: { 'X-Aggregate-Complete': String(complete) },
  });
}

const render = (memberPages: readonly UpstreamReply[], identity: string, content: () => object): Buffer => {
  const first = memberPages[0]?.payload;
  const previous = first && rendered.get(first);
  if (previous?.identity === identity) return previous.bytes;
  const bytes = Buffer.from(JSON.stringify(content()).slice(0, -1));
  const pageBytes = memberPages.reduce((sum, { payload }) => sum + payload.bytes.length, 0);
  // Content without members is cheap to render, and content larger than its pages would exceed the accounted memory.
  if (first && bytes.length <= pageBytes) rendered.set(first, { identity, bytes });
  return bytes;
};

const OPENING_BRACE = 1;

const withMeta = (bytes: Buffer, meta: OverviewMetaDto): Buffer =>
  Buffer.concat([bytes, Buffer.from(`${bytes.length > OPENING_BRACE ? ',' : ''}"meta":${JSON.stringify(meta)}}`)]);
