import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred, readOf, replyOf, until, writeOf } from '../../../test/support/far-end.js';
import type { SharedEntry } from '../../cache/entry-codec.js';
import type { SharedCache, SharedLookup } from '../../cache/shared-cache.js';
import type { Exchange, ReadRequest, UpstreamReply, UpstreamRequest } from '../exchange.js';
import { shared } from './shared.stage.js';

const POLICY = { freshMs: 10_000, staleMs: 20_000 };

/** Redis as the stage sees it, with everything in the test's hands. */
class Stand {
  lookup: SharedLookup | undefined = { entry: undefined, counts: false, seal: 's1' };
  isFree = true;
  looks = 0;
  released = 0;
  kept: SharedEntry[] = [];

  async look() {
    this.looks += 1;
    return this.lookup;
  }
  async take() {
    return this.isFree;
  }
  async put(_key: string, entry: SharedEntry) {
    this.kept.push(entry);
  }
  async release() {
    this.released += 1;
  }
  holds(value: unknown, ageMs: number, counts = true): void {
    this.lookup = {
      counts,
      seal: 's1',
      entry: { reply: replyOf(value, { etag: '"1"' }), lifetime: POLICY, seal: 's1', ageMs },
    };
  }
}

describe('shared stage', () => {
  let stand: Stand;
  let asked: UpstreamRequest[];
  let answer: () => Promise<UpstreamReply>;
  let exchange: Exchange;
  beforeEach(() => {
    stand = new Stand();
    asked = [];
    answer = async () => replyOf('from Logto', { lifetime: POLICY });
    exchange = shared(
      stand as unknown as SharedCache,
      () => POLICY,
    )((request) => {
      asked.push(request);
      return answer();
    });
  });
  const read = (more: Partial<ReadRequest> = {}) => exchange(readOf('/x', more));

  it('answers what another replica has read, with its age', async () => {
    stand.holds('theirs', 4_000);
    const reply = await read();
    expect(reply.payload.json()).toBe('theirs');
    expect(reply.provenance).toMatchObject({ source: 'cache', ageMs: 4_000, ttlMs: 6_000 });
    expect(asked).toEqual([]);
  });

  it('asks Logto for what nobody has read, keeps it under the seal of before, and lets go', async () => {
    expect((await read()).payload.json()).toBe('from Logto');
    await until('the lease to end', () => stand.released === 1);
    expect(stand.kept).toMatchObject([{ seal: 's1', lifetime: POLICY }]);
  });

  it('takes what a write has made untrue for something to ask about', async () => {
    stand.holds('untrue', 1_000, false);
    expect((await read()).payload.json()).toBe('from Logto');
    expect((asked[0] as ReadRequest).known?.etag).toBe('"1"');
  });

  it('gives a stale one to who waits, and asks Logto for who asks in the background', async () => {
    stand.holds('stale', 15_000);
    expect((await read()).provenance).toMatchObject({ source: 'cache', ttlMs: -5_000 });
    expect((await read({ lane: 'background' })).payload.json()).toBe('from Logto');
  });

  it('gives nothing beyond its stale bound', async () => {
    stand.holds('ancient', 30_000);
    expect((await read()).payload.json()).toBe('from Logto');
  });

  it('waits for the replica that is asking, and gives what it has heard', async () => {
    stand.isFree = false;
    const waiting = read();
    await until('a second look', () => stand.looks > 1);
    stand.holds('theirs', 0);
    expect((await waiting).payload.json()).toBe('theirs');
    expect(asked).toEqual([]);
  });

  it('asks itself when the one that was asking came to nothing', async () => {
    stand.isFree = false;
    const waiting = read();
    await until('a second look', () => stand.looks > 1);
    stand.isFree = true;
    expect((await waiting).payload.json()).toBe('from Logto');
  });

  it('lets go when Logto fails, and keeps nothing', async () => {
    answer = () => Promise.reject(new Error('broken'));
    await expect(read()).rejects.toThrow('broken');
    await until('the lease to end', () => stand.released === 1);
    expect(stand.kept).toEqual([]);
  });

  it('keeps nothing that may not be used again', async () => {
    answer = async () => replyOf({}, { status: 503 });
    await read();
    await until('the lease to end', () => stand.released === 1);
    expect(stand.kept).toEqual([]);
  });

  it('does not keep the caller waiting while others are given the answer', async () => {
    const storing = deferred<void>();
    stand.put = () => storing.promise;
    expect((await read()).payload.json()).toBe('from Logto');
    expect(stand.released).toBe(0);
    storing.resolve();
    await until('the lease to end', () => stand.released === 1);
  });

  it('asks Logto whatever others know for who demands a new answer, and gives it to them', async () => {
    stand.holds('theirs', 0);
    expect((await read({ refresh: true })).payload.json()).toBe('from Logto');
    expect(stand.kept).toHaveLength(1);
    expect(stand.released).toBe(0);
  });

  it('is not there where Redis is not', async () => {
    stand.lookup = undefined;
    expect((await read()).payload.json()).toBe('from Logto');
    expect(stand.kept).toEqual([]);
  });

  it('has nothing to do with writes, nor with what is never kept', async () => {
    await exchange(writeOf('/x'));
    await read({ freshness: { name: 'export', policy: 'never' } });
    expect(stand.looks).toBe(0);
  });
});
