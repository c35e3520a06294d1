import { createHash } from 'node:crypto';
import { Representation } from '../http/representation.js';
import { combine } from '../upstream/combine.js';
import { Payload } from '../upstream/payload.js';
import type { OverviewMetaDto } from './overview.dto.js';
import type { OverviewParts } from './overview.reader.js';

/** `ageMs` of the parts stands in the bytes; a second is what `Age` counts in. */
const AGES_ARE_RIGHT_FOR_MS = 1000;

/**
 * An aggregate as an answer. Its ETag stands for its parts and what was selected of them: what differs from call to call
 * (`ageMs`, `source`) does not count, or there would never be a 304. An incomplete one nobody may keep.
 */
export function representAggregate(
  parts: OverviewParts,
  document: { readonly meta: OverviewMetaDto },
  selection: unknown,
): Representation {
  const replies = [
    parts.organization,
    ...(parts.members?.value?.pages ?? []),
    ...(parts.catalogue?.value?.pages ?? []),
  ];
  const { complete, consistent } = document.meta;
  const identity = JSON.stringify([replies.map(({ payload }) => payload.etag), selection, consistent]);
  return new Representation(Payload.of(document), combine(replies), {
    storable: complete,
    goodForMs: AGES_ARE_RIGHT_FOR_MS,
    etag: createHash('sha256').update(identity).digest('base64url').slice(0, 27),
    headers: { 'X-Aggregate-Complete': String(complete) },
  });
}
