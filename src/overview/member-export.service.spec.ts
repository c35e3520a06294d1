import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextRound } from 'node:timers/promises';
import { deferred, replyOf, until } from '../../test/support/far-end.js';
import type { Caller } from '../access/caller.js';
import type { MembersUpstream } from '../members/members.upstream.js';
import type { UpstreamReply } from '../upstream/exchange.js';
import { UpstreamFault } from '../upstream/upstream-fault.js';
import { exportLines, MemberExportService } from './member-export.service.js';

const identity = { subject: 's', clientId: 's', scopes: new Set<string>(), machine: true };
const service: Caller = { ...identity, kind: 'service' };
const organization: Caller = { ...identity, kind: 'organization', organizationId: 'o' };

const idOf = (index: number): string => `user${String(index).padStart(8, '0')}`;
const everybody = (count: number): string[] => Array.from({ length: count }, (_, index) => idOf(index));
const rowOf = (id: string) => ({ id, organizationRoles: [], customData: { secret: id } });

/** Members in order, who may come and go before a page is read. */
const crowd = (
  ids: readonly string[],
  happenings: Readonly<Record<number, (ids: readonly string[]) => string[]>> = {},
) => {
  let present = [...ids];
  const asked: number[] = [];
  const readPage = async (page: number): Promise<UpstreamReply> => {
    asked.push(page);
    present = happenings[asked.length]?.(present).toSorted() ?? present;
    return replyOf(present.slice((page - 1) * 100, page * 100).map(rowOf), { total: present.length });
  };
  return { asked, readPage };
};

interface Line {
  readonly id?: string;
  readonly complete?: true;
  readonly count?: number;
}
const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

const exported = async (
  { readPage }: ReturnType<typeof crowd>,
  caller = service,
): Promise<{ ids: (string | undefined)[]; last: Line | undefined }> => {
  let text = '';
  for await (const chunk of exportLines(await readPage(1), readPage, caller)) text += chunk;
  const lines = linesOf(text);
  const last = lines.pop();
  return { ids: lines.map(({ id }) => id), last };
};

describe('the lines of an export', () => {
  it.each([0, 1, 99, 100, 101, 200, 250])('are %i members in order and the last line', async (count) => {
    const everyone = crowd(everybody(count));
    expect(await exported(everyone)).toEqual({ ids: everybody(count), last: { complete: true, count } });
    expect(everyone.asked).toHaveLength(Math.max(1, Math.ceil(count / 100)));
  });

  it('are Logto’s rows for services and public profiles for everybody else', async () => {
    const read = async (caller: Caller): Promise<string> => {
      const { readPage } = crowd(everybody(2));
      let text = '';
      for await (const chunk of exportLines(await readPage(1), readPage, caller)) text += chunk;
      return text;
    };
    expect(await read(service)).toContain('secret');
    expect(await read(organization)).not.toContain('secret');
  });

  it('skip nobody when a member of an earlier page leaves', async () => {
    const everyone = crowd(everybody(350), { 2: (ids) => ids.slice(1) });
    expect(await exported(everyone)).toEqual({ ids: everybody(350), last: { complete: true, count: 350 } });
    expect(everyone.asked).toEqual([1, 2, 1, 2, 3, 4]);
  });

  it('skip nobody when members leave one after the other, page by page', async () => {
    const leave = (ids: readonly string[]) => ids.slice(1);
    const everyone = crowd(everybody(550), { 2: leave, 5: leave, 7: leave, 9: leave });
    const { ids, last } = await exported(everyone);
    expect(ids).toEqual(everybody(550));
    expect(last).toEqual({ complete: true, count: 550 });
  });

  it('skip nobody when a whole page’s worth leaves at once', async () => {
    const everyone = crowd(everybody(600), { 4: (ids) => ids.slice(150) });
    expect((await exported(everyone)).ids).toEqual(everybody(600));
  });

  it('name nobody twice when hundreds leave further behind', async () => {
    const everyone = crowd(everybody(1200), { 7: (ids) => ids.slice(0, 650) });
    expect(await exported(everyone)).toEqual({ ids: everybody(650), last: { complete: true, count: 650 } });
  });

  it('name nobody twice when hundreds join further ahead', async () => {
    const newcomers = Array.from({ length: 350 }, (_, index) => `aaaa${String(index).padStart(8, '0')}`);
    const everyone = crowd(everybody(800), { 5: (ids) => [...newcomers, ...ids] });
    const { ids, last } = await exported(everyone);
    expect(ids).toEqual(everybody(800));
    expect(last).toEqual({ complete: true, count: 800 });
  });

  it('end when everybody leaves meanwhile', async () => {
    const everyone = crowd(everybody(350), { 3: () => [] });
    expect(await exported(everyone)).toEqual({ ids: everybody(200), last: { complete: true, count: 200 } });
  });

  it('name who joins at the end meanwhile', async () => {
    const everyone = crowd(everybody(250), { 3: (ids) => [...ids, ...everybody(420).slice(250)] });
    expect(await exported(everyone)).toEqual({ ids: everybody(420), last: { complete: true, count: 420 } });
  });

  it('are one page ahead of the reader and no more', async () => {
    const everyone = crowd(everybody(1000));
    const lines = exportLines(await everyone.readPage(1), everyone.readPage, service);
    expect(everyone.asked).toEqual([1]);
    await lines.next();
    await nextRound();
    expect(everyone.asked).toEqual([1, 2]);
    await lines.next();
    await nextRound();
    expect(everyone.asked).toEqual([1, 2, 3]);
    await lines.return(undefined);
    await nextRound();
    expect(everyone.asked).toEqual([1, 2, 3]);
  });

  it('break off where a page fails, after what came before it', async () => {
    const { readPage } = crowd(everybody(350));
    const failure = new UpstreamFault('upstream.error', 'x');
    const lines = exportLines(
      await readPage(1),
      (page) => (page === 3 ? Promise.reject(failure) : readPage(page)),
      service,
    );
    expect(linesOf((await lines.next()).value as string)).toHaveLength(100);
    // Page 3 fails while the reader still has page 2 before it.
    expect(linesOf((await lines.next()).value as string)).toHaveLength(100);
    await nextRound();
    await expect(lines.next()).rejects.toBe(failure);
    expect(await lines.next()).toEqual({ done: true, value: undefined });
  });
});

describe('an export', () => {
  const upstream = (parts: Partial<MembersUpstream>): MembersUpstream => parts as MembersUpstream;

  it('does not begin when the first page fails', async () => {
    const failure = new UpstreamFault('upstream.timeout', 'x');
    const exports = new MemberExportService(upstream({ exportPage: () => Promise.reject(failure) }));
    await expect(exports.stream('o', service)).rejects.toBe(failure);
  });

  it('asks whether the organization exists only when nobody is in it', async () => {
    let asked = 0;
    const requireOrganization = async () => void (asked += 1);
    const of = (count: number) =>
      new MemberExportService(
        upstream({ exportPage: (_id, page) => crowd(everybody(count)).readPage(page), requireOrganization }),
      );
    (await of(1).stream('o', service)).getStream().destroy();
    expect(asked).toBe(0);
    (await of(0).stream('o', service)).getStream().destroy();
    expect(asked).toBe(1);
  });

  it('waits for its reader a few pages ahead', async () => {
    const everyone = crowd(everybody(10_000));
    const exports = new MemberExportService(upstream({ exportPage: (_id, page) => everyone.readPage(page) }));
    const stream = (await exports.stream('o', service)).getStream();
    // Reading a byte sets it going; nobody takes what comes.
    stream.read(1);
    await until('the second page is read', () => everyone.asked.length >= 2);
    for (let round = 0; round < 100; round += 1) await nextRound();
    expect(everyone.asked.length).toBeLessThanOrEqual(4);
    stream.destroy();
    const then = everyone.asked.length;
    for (let round = 0; round < 100; round += 1) await nextRound();
    expect(everyone.asked.length).toBeLessThanOrEqual(then + 1);
  });

  it('stops asking when the stream is closed while a page is under way', async () => {
    const second = deferred<UpstreamReply>();
    const asked: number[] = [];
    const { readPage } = crowd(everybody(10_000));
    const exportPage = (_id: string, page: number): Promise<UpstreamReply> => {
      asked.push(page);
      return page === 2 ? second.promise : readPage(page);
    };
    const stream = (await new MemberExportService(upstream({ exportPage })).stream('o', service)).getStream();
    stream.resume();
    await until('page 2 is asked for', () => asked.includes(2));
    stream.destroy();
    second.resolve(await readPage(2));
    for (let round = 0; round < 100; round += 1) await nextRound();
    // The page in flight arrives and is dropped; at most its follower was already decided on.
    expect(asked.length).toBeLessThanOrEqual(3);
  });
});
