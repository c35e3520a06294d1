import { describe, expect, it } from '@jest/globals';
import { replyOf } from '../../test/support/far-end.js';
import { readMembers } from './member-list.js';

const bounds = { fanout: 8, limit: 10_000 };
const idOf = (index: number): string => `user${String(index).padStart(8, '0')}`;

/** A list of members that changes as the script says: what the nth reading finds. */
const moving = (...readings: readonly { readonly ids: readonly string[]; readonly totals?: readonly number[] }[]) => {
  const asked: string[] = [];
  const readPage = async (page: number, refresh: boolean) => {
    const { ids, totals } = readings[refresh ? 1 : 0] ?? { ids: [] };
    asked.push(refresh ? `${page} anew` : String(page));
    const rows = ids.slice((page - 1) * 100, page * 100).map((id) => ({ id, organizationRoles: [] }));
    return replyOf(rows, { total: totals?.[page - 1] ?? ids.length });
  };
  return { asked, readPage };
};
const everybody = (count: number) => Array.from({ length: count }, (_, index) => idOf(index));

describe('reading members', () => {
  it('gives them in Logto’s order', async () => {
    const { readPage } = moving({ ids: everybody(250) });
    const list = await readMembers(readPage, bounds);
    expect(list.members.map(({ id }) => id)).toEqual(everybody(250));
    expect(list).toMatchObject({ total: 250, consistent: true });
  });

  it('gives each of them once, where pages overlap', async () => {
    const ids = [...everybody(100), idOf(99), ...everybody(150).slice(100)];
    const list = await readMembers(moving({ ids, totals: [151, 151] }).readPage, bounds);
    expect(list.members.map(({ id }) => id)).toEqual(everybody(150));
  });

  it('reads everything once more when the pages count differently', async () => {
    const { asked, readPage } = moving({ ids: everybody(250), totals: [250, 249, 249] }, { ids: everybody(249) });
    const list = await readMembers(readPage, bounds);
    expect(asked).toEqual(['1', '2', '3', '1 anew', '2 anew', '3 anew']);
    expect(list).toMatchObject({ total: 249, consistent: true });
    expect(list.members).toHaveLength(249);
    expect(list.pages).toHaveLength(3);
  });

  it('says so when they count differently again, and does not try for ever', async () => {
    const { asked, readPage } = moving(
      { ids: everybody(250), totals: [250, 249, 249] },
      { ids: everybody(249), totals: [249, 248, 248] },
    );
    expect(await readMembers(readPage, bounds)).toMatchObject({ total: 249, consistent: false });
    expect(asked).toHaveLength(6);
  });

  it('gives no more than are wanted, and still says how many there are', async () => {
    const { asked, readPage } = moving({ ids: everybody(250) });
    const list = await readMembers(readPage, { fanout: 8, limit: 120 });
    expect(asked).toEqual(['1', '2']);
    expect(list.members.map(({ id }) => id)).toEqual(everybody(120));
    expect(list.total).toBe(250);
  });

  it('gives nobody of an empty list', async () => {
    expect(await readMembers(moving({ ids: [] }).readPage, bounds)).toMatchObject({
      members: [],
      total: 0,
      consistent: true,
    });
  });
});
