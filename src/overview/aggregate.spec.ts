import { describe, expect, it } from '@jest/globals';
import { FROM_UPSTREAM, type UpstreamReply } from '../upstream/exchange.js';
import { Payload } from '../upstream/payload.js';
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

/** What is answered, and whether its content had to be made. */
const asked = (parts: Partial<OverviewParts>, content: object, selection: unknown = 'all', about = meta) => {
  let made = 0;
  const whole: OverviewParts = { organization, members: undefined, catalogue: undefined, ...parts };
  const aggregate = { content: () => (made++, content), meta: about };
  const { payload, options } = representAggregate(whole, aggregate, selection);
  return { body: JSON.parse(payload.bytes.toString()) as Record<string, unknown>, made, etag: options.etag };
};

describe('an aggregate', () => {
  it('is written once while its parts are the same, but for meta', () => {
    const members = listOf(page);
    const content = { members: ['ada', 'bo'] };
    expect(asked({ members }, content)).toMatchObject({ body: { ...content, meta }, made: 1 });
    const later = { ...meta, memberTotal: 3 };
    expect(asked({ members }, content, 'all', later)).toMatchObject({ body: { ...content, meta: later }, made: 0 });
  });

  it('is written anew for another selection, another page, and another number of members', () => {
    const members = listOf(page);
    const { etag } = asked({ members }, { first: 1 });
    const other = [
      asked({ members }, { second: 1 }, 'another'),
      asked({ members: listOf(replyOf([{ id: 'cy' }, { id: 'di' }])) }, { third: 1 }),
      asked({ members: listOf(page, 3) }, { fourth: 1 }),
    ];
    for (const { made } of other) expect(made).toBe(1);
    expect(new Set([etag, ...other.map((one) => one.etag)]).size).toBe(4);
  });

  it('tells an empty list of members from an empty catalogue', () => {
    const empty = replyOf([]);
    const withoutRoles = asked({ members: listOf(empty, 0) }, { members: [] });
    const withoutMembers = asked({ catalogue: catalogueOf(empty) }, { roles: [] });
    expect(withoutMembers.body).toEqual({ roles: [], meta });
    expect(withoutMembers.etag).not.toBe(withoutRoles.etag);
  });

  it('is kept only as long as the memory of its pages counts for it', () => {
    const members = listOf(page);
    const large = { members: 'x'.repeat(page.payload.bytes.length) };
    expect(asked({ members }, large, 'large').made).toBe(1);
    expect(asked({ members }, large, 'large').made).toBe(1);
    const alone = { organization: 'o' };
    expect([asked({}, alone).made, asked({}, alone).made]).toEqual([1, 1]);
  });

  it('is JSON without any content, too', () => {
    expect(asked({}, {}).body).toEqual({ meta });
  });
});
