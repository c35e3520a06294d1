import { createHash } from 'node:crypto';
import { Representation } from '../http/representation.js';
import { combine } from '../upstream/combine.js';
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
 * Bytes made last of an organization. They go when its remembered answer goes. Asked again within the parts' life, which is
 * each second for an aggregate in demand, only `meta` has to be written anew.
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
  const replies = [
    parts.organization,
    ...(parts.members?.value?.pages ?? []),
    ...(parts.catalogue?.value?.pages ?? []),
  ];
  const { complete, consistent } = meta;
  const identity = JSON.stringify([replies.map(({ payload }) => payload.etag), selection, consistent]);
  const whole = withMeta(render(parts.organization.payload, identity, content), meta);
  return new Representation(new Payload(whole), combine(replies), {
    storable: complete,
    goodForMs: AGES_ARE_RIGHT_FOR_MS,
    etag: createHash('sha256').update(identity).digest('base64url').slice(0, 27),
    headers: { 'X-Aggregate-Complete': String(complete) },
  });
}

const render = (organization: Payload, identity: string, content: () => object): Buffer => {
  const before = rendered.get(organization);
  if (before?.identity === identity) return before.bytes;
  const bytes = Buffer.from(JSON.stringify(content()).slice(0, -1));
  rendered.set(organization, { identity, bytes });
  return bytes;
};

const OPENING_BRACE = 1;

const withMeta = (bytes: Buffer, meta: OverviewMetaDto): Buffer =>
  Buffer.concat([bytes, Buffer.from(`${bytes.length > OPENING_BRACE ? ',' : ''}"meta":${JSON.stringify(meta)}}`)]);
