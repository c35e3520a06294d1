import { describe, expect, it } from '@jest/globals';
import { replyOf } from '../../test/support/far-end.js';
import { readMembers } from './member-list.js';

const bounds = { fanout: 8, limit: 10_000 };
const idOf = (index: number): string => `user${String(index).padStart(8, '0')}`;

/** A list of members that has other contents in the second pass. */
const changingList = (
  ...passes: readonly { readonly ids: readonly string[]; readonly totals?: readonly number[] }[]
) => {
  const requested: string[] = [];
  const readPage = async (page: number, refresh: boolean) => {
    const { ids, totals } = passes[refresh ? 1 : 0] ?? { ids: [] };
    requested.push(refresh ? `${page} refreshed` : String(page));
    const rows = ids.slice((page - 1) * 100, page * 100).map((id) => ({ id, organizationRoles: [] }));
    return replyOf(rows, { total: totals?.[page - 1] ?? ids.length });
  };
  return { requested, readPage };
};
const idsUpTo = (count: number) => Array.from({ length: count }, (_, index) => idOf(index));

describe('reading members', () => {
  it('returns them in Logto’s order', async () => {
    const { readPage } = changingList({ ids: idsUpTo(250) });
    const list = await readMembers(readPage, bounds);
    expect(list.members.map(({ id }) => id)).toEqual(idsUpTo(250));
    expect(list).toMatchObject({ total: 250, consistent: true });
  });

  it('returns each of them once when pages overlap', async () => {
    const ids = [...idsUpTo(100), idOf(99), ...idsUpTo(150).slice(100)];
    const list = await readMembers(changingList({ ids, totals: [151, 151] }).readPage, bounds);
    expect(list.members.map(({ id }) => id)).toEqual(idsUpTo(150));
  });

  it('reads all pages again when their totals differ', async () => {
    const { requested, readPage } = changingList({ ids: idsUpTo(250), totals: [250, 249, 249] }, { ids: idsUpTo(249) });
    const list = await readMembers(readPage, bounds);
    expect(requested).toEqual(['1', '2', '3', '1 refreshed', '2 refreshed', '3 refreshed']);
    expect(list).toMatchObject({ total: 249, consistent: true });
    expect(list.members).toHaveLength(249);
    expect(list.pages).toHaveLength(3);
  });

  it('is inconsistent when the totals differ again, and does not try a third time', async () => {
    const { requested, readPage } = changingList(
      { ids: idsUpTo(250), totals: [250, 249, 249] },
      { ids: idsUpTo(249), totals: [249, 248, 248] },
    );
    expect(await readMembers(readPage, bounds)).toMatchObject({ total: 249, consistent: false });
    expect(requested).toHaveLength(6);
  });

  it('returns at most the limit, and the total', async () => {
    const { requested, readPage } = changingList({ ids: idsUpTo(250) });
    const list = await readMembers(readPage, { fanout: 8, limit: 120 });
    expect(requested).toEqual(['1', '2']);
    expect(list.members.map(({ id }) => id)).toEqual(idsUpTo(120));
    expect(list.total).toBe(250);
  });

  it('returns an empty list', async () => {
    expect(await readMembers(changingList({ ids: [] }).readPage, bounds)).toMatchObject({
      members: [],
      total: 0,
      consistent: true,
    });
  });
});
