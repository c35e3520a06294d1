import { createHash } from 'node:crypto';
import { Representation } from '../http/representation.js';
import { combine } from '../upstream/combine.js';
import type { UpstreamReply } from '../upstream/exchange.js';
import { Payload } from '../upstream/payload.js';
import type { OverviewMetaDto } from './overview.dto.js';
import type { OverviewParts } from './overview.reader.js';

/** `ageMs` of the parts stands in the bytes; a second is what `Age` counts in. */
const AGES_ARE_RIGHT_FOR_MS = 1000;

/** What an aggregate says beside `meta`, as bytes: all but its last brace. */
interface Rendered {
  readonly identity: string;
  readonly bytes: Buffer;
}

/**
 * What was made last of a list of members, by its first page: it goes when that page is no longer remembered, whose memory
 * is counted with room for what is made of it. Asked again within the parts' life, which is each second for an aggregate in
 * demand, only `meta` has to be written anew.
 */
const rendered = new WeakMap<Payload, Rendered>();

/** An aggregate in two parts: what stays the same while its parts do, and what tells their age. */
export interface Aggregate {
  /** Pure: the same parts and selection give the same content. */
  readonly content: () => object;
  readonly meta: OverviewMetaDto;
}

/**
 * An aggregate as an answer. Its ETag stands for its parts and what was selected of them: what differs from call to call
 * (`ageMs`, `source`) does not count, or there would never be a 304. An incomplete one nobody may keep.
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
  // Part by part: an empty list is the same bytes whatever it is a list of. How many there are stands in no page.
  const identity = JSON.stringify([
    [[organization], memberPages, rolePages].map((pages) => pages.map(({ payload }) => payload.etag)),
    members?.value?.total,
    selection,
    consistent,
  ]);
  const whole = withMeta(render(memberPages, identity, content), meta);
  return new Representation(new Payload(whole), combine([organization, ...memberPages, ...rolePages]), {
    storable: complete,
    goodForMs: AGES_ARE_RIGHT_FOR_MS,
    etag: createHash('sha256').update(identity).digest('base64url').slice(0, 27),
    headers: { 'X-Aggregate-Complete': String(complete) },
  });
}

const render = (memberPages: readonly UpstreamReply[], identity: string, content: () => object): Buffer => {
  const first = memberPages[0]?.payload;
  const before = first && rendered.get(first);
  if (before?.identity === identity) return before.bytes;
  const bytes = Buffer.from(JSON.stringify(content()).slice(0, -1));
  const counted = memberPages.reduce((sum, { payload }) => sum + payload.bytes.length, 0);
  // Without members there is little to write, and more than the pages themselves is more than was counted.
  if (first && bytes.length <= counted) rendered.set(first, { identity, bytes });
  return bytes;
};

const OPENING_BRACE = 1;

const withMeta = (bytes: Buffer, meta: OverviewMetaDto): Buffer =>
  Buffer.concat([bytes, Buffer.from(`${bytes.length > OPENING_BRACE ? ',' : ''}"meta":${JSON.stringify(meta)}}`)]);
