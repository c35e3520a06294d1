import { describe, expect, it } from '@jest/globals';
import { FROM_UPSTREAM, type UpstreamReply } from '../core/exchange.js';
import { Payload } from '../core/payload.js';
import { representAggregate } from './aggregate.js';
import type { OverviewMetaDto } from './overview.dto.js';
import type { OverviewParts } from './overview.reader.js';

const replyOf = (value: unknown): UpstreamReply => ({
  status: 200,
  contentType: 'application/json',
  total: undefined,
  retryAfterS: undefined,
  payload: Payload.of(value),
  provenance: FROM_UPSTREAM,
});
const meta: OverviewMetaDto = { complete: true, consistent: true, memberTotal: 2, sections: {} as never };
const organization = replyOf({ id: 'o' });
const page = replyOf([{ id: 'ada' }, { id: 'bo' }]);

const listOf = (reply: UpstreamReply, total = 2): OverviewParts['members'] => ({
  value: { members: [], total, consistent: true, pages: [reply] },
});
const catalogueOf = (reply: UpstreamReply): OverviewParts['catalogue'] => ({ value: { roles: [], pages: [reply] } });

/** Renders an aggregate, and counts whether its content had to be serialized. */
const rendered = (parts: Partial<OverviewParts>, content: object, selection: unknown = 'all', itsMeta = meta) => {
  let serialized = 0;
  const whole: OverviewParts = { organization, members: undefined, catalogue: undefined, ...parts };
  const aggregate = { content: () => (serialized++, content), meta: itsMeta };
  const { payload, options } = representAggregate(whole, aggregate, selection);
  return { body: JSON.parse(payload.bytes.toString()) as Record<string, unknown>, serialized, etag: options.etag };
};

describe('an aggregate', () => {
  it('is serialized once while its parts are the same, except for meta', () => {
    const members = listOf(page);
    const content = { members: ['ada', 'bo'] };
    expect(rendered({ members }, content)).toMatchObject({ body: { ...content, meta }, serialized: 1 });
    const later = { ...meta, memberTotal: 3 };
    expect(rendered({ members }, content, 'all', later)).toMatchObject({
      body: { ...content, meta: later },
      serialized: 0,
    });
  });

  it('is serialized again for another selection, another page, and another number of members', () => {
    const members = listOf(page);
    const { etag } = rendered({ members }, { first: 1 });
    const other = [
      rendered({ members }, { second: 1 }, 'another'),
      rendered({ members: listOf(replyOf([{ id: 'cy' }, { id: 'di' }])) }, { third: 1 }),
      rendered({ members: listOf(page, 3) }, { fourth: 1 }),
    ];
    for (const { serialized } of other) expect(serialized).toBe(1);
    expect(new Set([etag, ...other.map((one) => one.etag)]).size).toBe(4);
  });

  it('distinguishes an empty list of members from an empty catalogue', () => {
    const empty = replyOf([]);
    const withoutRoles = rendered({ members: listOf(empty, 0) }, { members: [] });
    const withoutMembers = rendered({ catalogue: catalogueOf(empty) }, { roles: [] });
    expect(withoutMembers.body).toEqual({ roles: [], meta });
    expect(withoutMembers.etag).not.toBe(withoutRoles.etag);
  });

  it('is kept only if it is not larger than its member pages', () => {
    const members = listOf(page);
    const large = { members: 'x'.repeat(page.payload.bytes.length) };
    expect(rendered({ members }, large, 'large').serialized).toBe(1);
    expect(rendered({ members }, large, 'large').serialized).toBe(1);
    const alone = { organization: 'o' };
    expect([rendered({}, alone).serialized, rendered({}, alone).serialized]).toEqual([1, 1]);
  });

  it('is valid JSON without any content', () => {
    expect(rendered({}, {}).body).toEqual({ meta });
  });
});
