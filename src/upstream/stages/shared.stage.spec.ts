// Longer than most: what it makes of Redis' answers, and of a forced read.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred, readOf, replyOf, until, writeOf } from '../../../test/support/far-end.js';
import { contextOf } from '../../../test/support/request-context.js';
import { SYNCED } from '../../cache/log-reader.js';
import type { SharedCache, SharedLookup } from '../../cache/shared-cache.js';
import { TagVersions } from '../../cache/tag-versions.js';
import { withRequestContext } from '../../context/request-context.js';
import type { Exchange, Known, Lifetime, ReadRequest, UpstreamReply, UpstreamRequest } from '../exchange.js';
import { shared } from './shared.stage.js';

const POLICY = { freshMs: 10_000, staleMs: 20_000 };

/** Redis and the write log as the stage sees them, with everything in the test's hands. */
class Stand {
  lookup: SharedLookup | undefined = { name: 'x', entry: undefined, counts: false, ageMs: 0 };
  isFree = true;
  looks = 0;
  claims = 0;
  released = 0;
  kept: { reply: UpstreamReply; lifetime: Lifetime; position: string }[] = [];
  readonly versions = new TagVersions();
  /** What all replicas were told of. */
  told: (readonly string[])[] = [];

  async look() {
    this.looks += 1;
    return this.lookup;
  }
  async claim() {
    this.claims += 1;
    return this.isFree ? () => void (this.released += 1) : undefined;
  }
  async put(_key: string, reply: UpstreamReply, lifetime: Lifetime, position: string) {
    this.kept.push({ reply, lifetime, position });
  }
  async invalidate(tags: readonly string[]) {
    this.told.push(tags);
    this.versions.end({ write: 'ours', tags });
  }
  holds(value: unknown, ageMs: number, counts = true): void {
    this.lookup = {
      name: 'x',
      counts,
      ageMs,
      entry: { reply: replyOf(value, { etag: '"1"' }), lifetime: POLICY, position: '5-0', storedAt: 0 },
    };
  }
  /** Another replica writes, and this one has read of it. */
  written(...tags: string[]): void {
    this.versions.apply({ type: 'end', write: 'theirs', tags, forMs: 0 }, '8-0');
  }
}

describe('shared stage', () => {
  let stand: Stand;
  let asked: UpstreamRequest[];
  let answer: () => Promise<UpstreamReply>;
  let exchange: Exchange;
  beforeEach(() => {
    stand = new Stand();
    stand.versions.reset('7-0');
    asked = [];
    answer = async () => replyOf('from Logto', { lifetime: POLICY });
    exchange = shared(
      stand as unknown as SharedCache,
      stand,
      () => POLICY,
    )((request) => {
      asked.push(request);
      return answer();
    });
  });
  const read = (more: Partial<ReadRequest> = {}) => exchange(readOf('/x', { sync: SYNCED, ...more }));

  it('answers what another replica has read, with its age', async () => {
    stand.holds('theirs', 4_000);
    const reply = await read();
    expect(reply.payload.json()).toBe('theirs');
    expect(reply.provenance).toMatchObject({ source: 'cache', ageMs: 4_000, ttlMs: 6_000 });
    expect(asked).toEqual([]);
  });

  it('asks Logto for what nobody has read, keeps it as of before, and lets go', async () => {
    expect((await read()).payload.json()).toBe('from Logto');
    await until('the lease to end', () => stand.released === 1);
    expect(stand.kept).toMatchObject([{ position: '7-0', lifetime: POLICY }]);
  });

  it('takes what a write has made untrue for something to ask about', async () => {
    stand.holds('untrue', 1_000, false);
    expect((await read()).payload.json()).toBe('from Logto');
    expect((asked[0] as ReadRequest).known).toMatchObject({ counts: false, reply: { etag: '"1"' } });
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

  it('asks Logto whatever others know for who demands a new answer', async () => {
    stand.holds('theirs', 0);
    expect((await read({ refresh: true })).payload.json()).toBe('from Logto');
    expect([stand.claims, stand.released]).toEqual([0, 0]);
  });

  it('keeps an answer under the position of before, although a write became known meanwhile', async () => {
    answer = async () => {
      stand.written('b');
      return replyOf('from Logto', { lifetime: POLICY });
    };
    await read();
    expect(stand.kept).toMatchObject([{ position: '7-0' }]);
  });

  it('keeps nothing that was asked for while it was being written', async () => {
    stand.versions.begin({ write: 'theirs', tags: ['a'] }, Infinity);
    expect((await read()).payload.json()).toBe('from Logto');
    await until('the lease to end', () => stand.released === 1);
    expect(stand.kept).toEqual([]);
  });

  describe('of what a forced read brings', () => {
    const known = (value: unknown, counts = true): Known => ({ reply: replyOf(value), counts });
    const force = (more: Partial<ReadRequest> = {}) => read({ refresh: true, ...more });

    it('tells nobody when it is what this replica and the others know', async () => {
      stand.holds('from Logto', 0);
      const reply = await force({ known: known('from Logto') });
      expect(stand.told).toEqual([]);
      expect(reply.asOf).toBeUndefined();
      expect(stand.kept).toHaveLength(1);
    });

    it.each<[string, unknown, unknown]>([
      ['this replica knows', 'old', 'from Logto'],
      ['others know', 'from Logto', 'old'],
      ['all know', 'old', 'old'],
    ])('tells all when it is not what %s, and says as of when it is true', async (_what, here, there) => {
      stand.holds(there, 0);
      const reply = await force({ known: known(here) });
      expect(stand.told).toEqual([['a']]);
      expect(stand.versions.isTrue(['a'], reply.asOf ?? -1)).toBe(true);
      // Others would take it for something of before the news.
      expect(stand.kept).toEqual([]);
    });

    it('tells all that something is gone', async () => {
      answer = async () => replyOf({}, { status: 404, lifetime: POLICY });
      await force({ known: known('old') });
      expect(stand.told).toEqual([['a']]);
    });

    it('names the one thing it speaks of, not all of its kind', async () => {
      await force({ known: known('old'), tags: ['organizations', 'organization:1'] });
      expect(stand.told).toEqual([['organization:1']]);
    });

    it('says nothing of when it is true when something was written meanwhile', async () => {
      answer = async () => {
        stand.written('a');
        return replyOf('from Logto', { lifetime: POLICY });
      };
      const reply = await force({ known: known('old') });
      expect(stand.told).toEqual([['a']]);
      expect(reply.asOf).toBeUndefined();
    });

    it('takes nothing untrue for what is known, nor a failure for news', async () => {
      await force({ known: known('old', false) });
      answer = async () => replyOf({}, { status: 503 });
      await force({ known: known('old') });
      expect(stand.told).toEqual([]);
    });

    it('believes a caller who insists where nothing is known here', async () => {
      await withRequestContext(contextOf({ bypassCache: true }), () => force());
      expect(stand.told).toEqual([['a']]);
    });
  });

  it('is not there where Redis is not', async () => {
    stand.lookup = undefined;
    expect((await read()).payload.json()).toBe('from Logto');
    expect(stand.kept).toEqual([]);
  });

  it.each([{ state: 'unknown', look: 1 }, { state: 'alone' }] as const)(
    'does not ask Redis for what it could not judge: $state',
    async (sync) => {
      stand.holds('theirs', 0);
      expect((await read({ sync })).payload.json()).toBe('from Logto');
      expect([stand.looks, stand.claims, stand.kept.length]).toEqual([0, 0, 0]);
    },
  );

  it('has nothing to do with writes, nor with what is never kept', async () => {
    await exchange(writeOf('/x'));
    await read({ freshness: { name: 'export', policy: 'never' } });
    expect(stand.looks).toBe(0);
  });
});
