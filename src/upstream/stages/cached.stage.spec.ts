import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred, readOf, replyOf, until, writeOf } from '../../../test/support/far-end.js';
import { Entries, type Entry } from '../../cache/entries.js';
import { Epochs } from '../../cache/epochs.js';
import { type RequestContext, withRequestContext } from '../../context/request-context.js';
import type { Exchange, UpstreamReply, UpstreamRequest } from '../exchange.js';
import { cached } from './cached.stage.js';

const contextOf = (bypassCache: boolean): RequestContext => ({
  id: 'request-1',
  traceparent: undefined,
  startedAt: 0,
  bypassCache,
  upstream: [],
  faults: [],
});

describe('cached stage', () => {
  let now: number;
  let epochs: Epochs;
  let asked: UpstreamRequest[];
  let answer: (request: UpstreamRequest) => Promise<UpstreamReply>;
  let exchange: Exchange;

  beforeEach(() => {
    now = 1_000_000;
    epochs = new Epochs();
    asked = [];
    answer = async () => replyOf({ call: asked.length });
    const held = new Map<string, unknown>();
    const store = {
      get: async <T>(key: string) => held.get(key) as T | undefined,
      set: async <T>(key: string, value: T) => {
        held.set(key, value);
        return value;
      },
    };
    const entries = new Entries(store, epochs, () => now);
    exchange = cached(
      entries,
      epochs,
    )((request) => {
      asked.push(request);
      return answer(request);
    });
  });

  /** Until a question has reached Logto. */
  const asking = (method: string) => until(`a ${method}`, () => asked.some((request) => request.method === method));

  it('asks once and answers from memory while the answer is fresh', async () => {
    const first = await exchange(readOf('/x'));
    now += 9_999;
    const second = await exchange(readOf('/x'));
    expect(asked).toHaveLength(1);
    expect(first.provenance).toMatchObject({ source: 'upstream', forwarded: 'uri-miss', stored: true, ttlMs: 10_000 });
    expect(second.provenance).toEqual({ source: 'cache', ageMs: 9_999, ttlMs: 1, stored: false, collapsed: false });
    expect(second.payload).toBe(first.payload);
  });

  it('asks again once the freshness is used up, and says why', async () => {
    await exchange(readOf('/x'));
    now += 10_000;
    const again = await exchange(readOf('/x'));
    expect(asked).toHaveLength(2);
    expect(again.provenance).toMatchObject({ source: 'upstream', forwarded: 'stale', stored: true });
    expect(again.payload.json()).toEqual({ call: 2 });
  });

  it('takes paths with other queries for other questions', async () => {
    await exchange(readOf('/x?page=1'));
    await exchange(readOf('/x?page=2'));
    expect(asked.map(({ path }) => path)).toEqual(['/x?page=1', '/x?page=2']);
  });

  it('believes an answer only as long as the stricter of two policies', async () => {
    await exchange(readOf('/x', { freshness: { name: 'lax', freshMs: 60_000 } }));
    now += 5_000;
    const strict = { name: 'strict', freshMs: 5_000 };
    expect((await exchange(readOf('/x', { freshness: strict }))).provenance.source).toBe('upstream');
    now += 4_000;
    const lax = await exchange(readOf('/x', { freshness: { name: 'lax', freshMs: 60_000 } }));
    expect(lax.provenance).toMatchObject({ source: 'cache', ttlMs: 1_000 });
  });

  it('asks Logto when told to refresh, and remembers what it then hears', async () => {
    await exchange(readOf('/x'));
    const refreshed = await exchange(readOf('/x', { refresh: true }));
    expect(refreshed.provenance).toMatchObject({ source: 'upstream', forwarded: 'request', stored: true });
    expect((await exchange(readOf('/x'))).payload.json()).toEqual({ call: 2 });
    expect(asked).toHaveLength(2);
  });

  it('skips the memory for a caller who says no-cache, and lets the stages behind it know', async () => {
    await exchange(readOf('/x'));
    await withRequestContext(contextOf(true), () => exchange(readOf('/x')));
    await withRequestContext(contextOf(false), () => exchange(readOf('/x')));
    expect(asked).toHaveLength(2);
    expect(asked.map((request) => request.method === 'GET' && request.refresh)).toEqual([false, true]);
  });

  it('believes "no such thing" for five seconds at most', async () => {
    answer = async () => replyOf({ code: 'entity.not_exists_with_id' }, { status: 404 });
    await exchange(readOf('/x'));
    now += 4_999;
    const remembered = await exchange(readOf('/x'));
    expect(remembered).toMatchObject({ status: 404, provenance: { source: 'cache', ttlMs: 1 } });
    now += 1;
    await exchange(readOf('/x'));
    expect(asked).toHaveLength(2);
  });

  it.each([201, 204, 400, 401, 403, 422, 429, 500, 503])('does not remember an answer of %i', async (status) => {
    answer = async () => replyOf({}, { status });
    const first = await exchange(readOf('/x'));
    await exchange(readOf('/x'));
    expect(first.provenance).toMatchObject({ stored: false, ttlMs: 0 });
    expect(asked).toHaveLength(2);
  });

  it('remembers nothing of a call that failed', async () => {
    answer = () => Promise.reject(new Error('broken'));
    await expect(exchange(readOf('/x'))).rejects.toThrow('broken');
    answer = async () => replyOf('well again');
    expect((await exchange(readOf('/x'))).provenance).toMatchObject({ forwarded: 'uri-miss' });
  });

  it('forgets what a write makes untrue, and nothing else', async () => {
    await exchange(readOf('/x', { tags: ['a', 'b'] }));
    await exchange(readOf('/y', { tags: ['c'] }));
    await exchange(writeOf('/x', { invalidates: ['b'] }));
    asked = [];
    await exchange(readOf('/x', { tags: ['a', 'b'] }));
    await exchange(readOf('/y', { tags: ['c'] }));
    expect(asked.map(({ path }) => path)).toEqual(['/x']);
  });

  it('forgets also when the write fails, for its effect is unknown', async () => {
    await exchange(readOf('/x'));
    answer = () => Promise.reject(new Error('cut'));
    await expect(exchange(writeOf('/x'))).rejects.toThrow('cut');
    answer = async () => replyOf('read again');
    expect((await exchange(readOf('/x'))).payload.json()).toBe('read again');
  });

  it('forgets also when the write is refused', async () => {
    await exchange(readOf('/x'));
    answer = async () => replyOf({}, { status: 500 });
    await exchange(writeOf('/x'));
    answer = async () => replyOf('read again');
    expect((await exchange(readOf('/x'))).payload.json()).toBe('read again');
  });

  it('does not keep an answer that was asked for before a write and came during it', async () => {
    const slow = deferred<UpstreamReply>();
    const writing = deferred<UpstreamReply>();
    answer = (request) => (request.method === 'GET' ? slow.promise : writing.promise);
    const read = exchange(readOf('/x'));
    await asking('GET');
    const write = exchange(writeOf('/x'));
    slow.resolve(replyOf('old'));
    expect((await read).provenance.stored).toBe(false);
    writing.resolve(replyOf({}));
    await write;
    answer = async () => replyOf('new');
    expect((await exchange(readOf('/x'))).payload.json()).toBe('new');
  });

  it('does not keep an answer that was asked for before a write and came after it', async () => {
    const slow = deferred<UpstreamReply>();
    answer = (request) => (request.method === 'GET' ? slow.promise : Promise.resolve(replyOf({})));
    const read = exchange(readOf('/x'));
    await asking('GET');
    await exchange(writeOf('/x'));
    slow.resolve(replyOf('old'));
    expect((await read).provenance).toMatchObject({ stored: false, ttlMs: 0 });
    answer = async () => replyOf('new');
    expect((await exchange(readOf('/x'))).payload.json()).toBe('new');
  });

  it('does not keep an answer that was asked for while a write was under way', async () => {
    const writing = deferred<UpstreamReply>();
    const slow = deferred<UpstreamReply>();
    answer = (request) => (request.method === 'GET' ? slow.promise : writing.promise);
    const write = exchange(writeOf('/x'));
    const read = exchange(readOf('/x'));
    await asking('GET');
    writing.resolve(replyOf({}));
    await write;
    slow.resolve(replyOf('seen before or after, who knows'));
    expect((await read).provenance.stored).toBe(false);
  });

  it('hands on what the stages behind it say of a shared answer', async () => {
    answer = async () => replyOf(1, { provenance: { ...replyOf(1).provenance, collapsed: true } });
    expect((await exchange(readOf('/x'))).provenance).toMatchObject({ collapsed: true, stored: true });
  });

  it('stores what it needs to judge the answer later', async () => {
    const puts: Entry[] = [];
    const entries = new Entries(
      {
        get: async () => undefined,
        set: async (_key, value) => {
          puts.push(value as Entry);
          return value;
        },
      },
      epochs,
      () => now,
    );
    await cached(entries, epochs)(async () => replyOf('x'))(readOf('/x', { tags: ['t'] }));
    expect(puts).toMatchObject([{ storedAt: 1_000_000, freshMs: 10_000, tags: ['t'], epoch: epochs.of(['t']) }]);
  });
});
