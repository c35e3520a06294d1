import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextRound } from 'node:timers/promises';
import { deferred, replyOf, until } from '../../test/support/far-end.js';
import type { Caller } from '../access/caller.js';
import type { MembersUpstream } from '../members/members.upstream.js';
import type { UpstreamReply } from '../core/exchange.js';
import { UpstreamFault } from '../core/faults.js';
import { exportLines, MemberExportService } from './member-export.service.js';

const identity = { subject: 's', clientId: 's', scopes: new Set<string>(), machine: true };
const service: Caller = { ...identity, kind: 'service' };
const organization: Caller = { ...identity, kind: 'organization', organizationId: 'o' };

const idOf = (index: number): string => `user${String(index).padStart(8, '0')}`;
const idsUpTo = (count: number): string[] => Array.from({ length: count }, (_, index) => idOf(index));
const rowOf = (id: string) => ({ id, organizationRoles: [], customData: { secret: id } });

/** A sorted list of members that changes before the nth read as `changes` says. */
const memberList = (
  ids: readonly string[],
  changes: Readonly<Record<number, (ids: readonly string[]) => string[]>> = {},
) => {
  let current = [...ids];
  const requested: number[] = [];
  const readPage = async (page: number): Promise<UpstreamReply> => {
    requested.push(page);
    current = changes[requested.length]?.(current).toSorted() ?? current;
    return replyOf(current.slice((page - 1) * 100, page * 100).map(rowOf), { total: current.length });
  };
  return { requested, readPage };
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
  { readPage }: ReturnType<typeof memberList>,
  caller = service,
): Promise<{ ids: (string | undefined)[]; last: Line | undefined }> => {
  let text = '';
  for await (const chunk of exportLines(await readPage(1), readPage, caller)) text += chunk;
  const lines = linesOf(text);
  const last = lines.pop();
  return { ids: lines.map(({ id }) => id), last };
};

describe('the lines of an export', () => {
  it.each([0, 1, 99, 100, 101, 200, 250])('are %i members in order and a summary', async (count) => {
    const list = memberList(idsUpTo(count));
    expect(await exported(list)).toEqual({ ids: idsUpTo(count), last: { complete: true, count } });
    expect(list.requested).toHaveLength(Math.max(1, Math.ceil(count / 100)));
  });

  it('are Logto’s rows for services and public profiles for other callers', async () => {
    const read = async (caller: Caller): Promise<string> => {
      const { readPage } = memberList(idsUpTo(2));
      let text = '';
      for await (const chunk of exportLines(await readPage(1), readPage, caller)) text += chunk;
      return text;
    };
    expect(await read(service)).toContain('secret');
    expect(await read(organization)).not.toContain('secret');
  });

  it('skip no member when a member of an earlier page leaves', async () => {
    const list = memberList(idsUpTo(350), { 2: (ids) => ids.slice(1) });
    expect(await exported(list)).toEqual({ ids: idsUpTo(350), last: { complete: true, count: 350 } });
    expect(list.requested).toEqual([1, 2, 1, 2, 3, 4]);
  });

  it('skip no member when members leave during several pages', async () => {
    const leave = (ids: readonly string[]) => ids.slice(1);
    const list = memberList(idsUpTo(550), { 2: leave, 5: leave, 7: leave, 9: leave });
    const { ids, last } = await exported(list);
    expect(ids).toEqual(idsUpTo(550));
    expect(last).toEqual({ complete: true, count: 550 });
  });

  it('skip no member when more than a page of members leaves at once', async () => {
    const list = memberList(idsUpTo(600), { 4: (ids) => ids.slice(150) });
    expect((await exported(list)).ids).toEqual(idsUpTo(600));
  });

  it('repeat no member when hundreds of later members leave', async () => {
    const list = memberList(idsUpTo(1200), { 7: (ids) => ids.slice(0, 650) });
    expect(await exported(list)).toEqual({ ids: idsUpTo(650), last: { complete: true, count: 650 } });
  });

  it('repeat no member when hundreds join before the current page', async () => {
    const newcomers = Array.from({ length: 350 }, (_, index) => `aaaa${String(index).padStart(8, '0')}`);
    const list = memberList(idsUpTo(800), { 5: (ids) => [...newcomers, ...ids] });
    const { ids, last } = await exported(list);
    expect(ids).toEqual(idsUpTo(800));
    expect(last).toEqual({ complete: true, count: 800 });
  });

  it('end when all members leave', async () => {
    const list = memberList(idsUpTo(350), { 3: () => [] });
    expect(await exported(list)).toEqual({ ids: idsUpTo(200), last: { complete: true, count: 200 } });
  });

  it('include members who join at the end', async () => {
    const list = memberList(idsUpTo(250), { 3: (ids) => [...ids, ...idsUpTo(420).slice(250)] });
    expect(await exported(list)).toEqual({ ids: idsUpTo(420), last: { complete: true, count: 420 } });
  });

  it('are read one page ahead of the reader', async () => {
    const list = memberList(idsUpTo(1000));
    const lines = exportLines(await list.readPage(1), list.readPage, service);
    expect(list.requested).toEqual([1]);
    await lines.next();
    await nextRound();
    expect(list.requested).toEqual([1, 2]);
    await lines.next();
    await nextRound();
    expect(list.requested).toEqual([1, 2, 3]);
    await lines.return(undefined);
    await nextRound();
    expect(list.requested).toEqual([1, 2, 3]);
  });

  it('end with the error of a page, after all earlier pages', async () => {
    const { readPage } = memberList(idsUpTo(350));
    const failure = new UpstreamFault('upstream.error', 'x');
    const lines = exportLines(
      await readPage(1),
      (page) => (page === 3 ? Promise.reject(failure) : readPage(page)),
      service,
    );
    expect(linesOf((await lines.next()).value as string)).toHaveLength(100);
    // Page 3 fails while the reader is still at page 2.
    expect(linesOf((await lines.next()).value as string)).toHaveLength(100);
    await nextRound();
    await expect(lines.next()).rejects.toBe(failure);
    expect(await lines.next()).toEqual({ done: true, value: undefined });
  });
});

describe('an export', () => {
  const upstream = (parts: Partial<MembersUpstream>): MembersUpstream => parts as MembersUpstream;

  it('fails before it begins when the first page fails', async () => {
    const failure = new UpstreamFault('upstream.timeout', 'x');
    const exports = new MemberExportService(upstream({ exportPage: () => Promise.reject(failure) }));
    await expect(exports.stream('o', service)).rejects.toBe(failure);
  });

  it('checks that the organization exists only when it has no members', async () => {
    let checks = 0;
    const requireOrganization = async () => void (checks += 1);
    const withMembers = (count: number) =>
      new MemberExportService(
        upstream({ exportPage: (_id, page) => memberList(idsUpTo(count)).readPage(page), requireOrganization }),
      );
    (await withMembers(1).stream('o', service)).getStream().destroy();
    expect(checks).toBe(0);
    (await withMembers(0).stream('o', service)).getStream().destroy();
    expect(checks).toBe(1);
  });

  it('reads only a few pages ahead of a slow reader', async () => {
    const list = memberList(idsUpTo(10_000));
    const exports = new MemberExportService(upstream({ exportPage: (_id, page) => list.readPage(page) }));
    const stream = (await exports.stream('o', service)).getStream();
    // Reading one byte starts it; nothing more is read.
    stream.read(1);
    await until('the second page is read', () => list.requested.length >= 2);
    for (let round = 0; round < 100; round += 1) await nextRound();
    expect(list.requested.length).toBeLessThanOrEqual(4);
    stream.destroy();
    const requestedBefore = list.requested.length;
    for (let round = 0; round < 100; round += 1) await nextRound();
    expect(list.requested.length).toBeLessThanOrEqual(requestedBefore + 1);
  });

  it('stops reading when the stream is closed while a page is in flight', async () => {
    const second = deferred<UpstreamReply>();
    const requested: number[] = [];
    const { readPage } = memberList(idsUpTo(10_000));
    const exportPage = (_id: string, page: number): Promise<UpstreamReply> => {
      requested.push(page);
      return page === 2 ? second.promise : readPage(page);
    };
    const stream = (await new MemberExportService(upstream({ exportPage })).stream('o', service)).getStream();
    stream.resume();
    await until('page 2 is requested', () => requested.includes(2));
    stream.destroy();
    second.resolve(await readPage(2));
    for (let round = 0; round < 100; round += 1) await nextRound();
    // The page in flight arrives and is dropped; the next one may have been requested already.
    expect(requested.length).toBeLessThanOrEqual(3);
  });
});
