import { describe, expect, it } from '@jest/globals';
import { replyOf, until } from '../../test/support/far-end.js';
import type { UpstreamReply } from '../core/exchange.js';
import { readEveryPage } from './paging.js';

const list = (total: number, totals: Record<number, number> = {}) => {
  const asked: number[] = [];
  const readPage = async (page: number): Promise<UpstreamReply> => {
    asked.push(page);
    const rows = Array.from(
      { length: Math.min(100, Math.max(0, total - (page - 1) * 100)) },
      (_, index) => (page - 1) * 100 + index,
    );
    return replyOf(rows, { total: totals[page] ?? total });
  };
  return { asked, readPage };
};
const rowsOf = (pages: readonly UpstreamReply[]) => pages.flatMap((page) => page.payload.json<number[]>());

describe('reading every page', () => {
  it.each([
    [0, 1],
    [1, 1],
    [100, 1],
    [101, 2],
    [250, 3],
    [1000, 10],
  ])('reads %i rows in %i calls, in order', async (total, calls) => {
    const { asked, readPage } = list(total);
    const every = await readEveryPage(readPage, { fanout: 8 });
    expect(asked.toSorted((a, b) => a - b)).toEqual(Array.from({ length: calls }, (_, index) => index + 1));
    expect(rowsOf(every.pages)).toEqual(Array.from({ length: total }, (_, index) => index));
    expect(every).toMatchObject({ total, consistent: true });
  });

  it('reads no page beyond the limit', async () => {
    const { asked, readPage } = list(1000);
    const every = await readEveryPage(readPage, { fanout: 8, limit: 101 });
    expect(asked).toEqual([1, 2]);
    expect(every.total).toBe(1000);
  });

  it('reads the first page alone, then at most `fanout` pages at once', async () => {
    let inFlight = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    const { readPage } = list(1000);
    const every = readEveryPage(
      async (page) => {
        most = Math.max(most, ++inFlight);
        await new Promise<void>((resolve) => waiting.push(resolve));
        inFlight -= 1;
        return readPage(page);
      },
      { fanout: 3 },
    );
    expect(waiting).toHaveLength(1);
    let ended = 0;
    waiting.shift()?.();
    while (++ended < 10) {
      await until('the next call', () => waiting.length > 0);
      // All concurrent calls start before the next one ends.
      await until('all concurrent calls', () => inFlight === Math.min(3, 10 - ended));
      waiting.shift()?.();
    }
    expect(rowsOf((await every).pages)).toHaveLength(1000);
    expect(most).toBe(3);
  });

  it.each([2, 3])('notices that page %i has another total than the first', async (page) => {
    const { readPage } = list(250, { [page]: 249 });
    expect(await readEveryPage(readPage, { fanout: 8 })).toMatchObject({ total: 250, consistent: false });
  });

  it('rejects a full page without a total', async () => {
    const withoutCount = async () => replyOf(Array.from({ length: 100 }, (_, index) => index));
    await expect(readEveryPage(withoutCount, { fanout: 8 })).rejects.toMatchObject({
      code: 'upstream.invalid_response',
    });
  });

  it('fails when a page fails', async () => {
    const { readPage } = list(250);
    const failing = (page: number) => (page === 2 ? Promise.reject(new Error('page 2')) : readPage(page));
    await expect(readEveryPage(failing, { fanout: 8 })).rejects.toThrow('page 2');
  });
});
