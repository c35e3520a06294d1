// Longer than most: it covers what is cached, for how long, and what writes of this process invalidate. The writes of other
// replicas, and a failing Redis, are in cached-among-replicas.stage.spec.ts.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { CachedStageFixture } from '../../../test/support/cached-stage-fixture.js';
import { deferred, readOf, replyOf, until, writeOf } from '../../../test/support/far-end.js';
import { contextOf } from '../../../test/support/request-context.js';
import { requestContext, withRequestContext } from '../../core/request-context.js';
import { FROM_UPSTREAM, type UpstreamReply } from '../../core/exchange.js';
import { NotCached, UpstreamFault } from '../../core/faults.js';

/** Never served stale. */
const strict = { freshness: { name: 'strict', policy: 'permissions' } } as const;
const lax = { freshness: { name: 'lax', policy: 'roles' } } as const;

describe('cached stage', () => {
  let fixture: CachedStageFixture;
  beforeEach(() => {
    fixture = new CachedStageFixture();
  });

  it('asks once and answers from memory while the reply is fresh', async () => {
    const first = await fixture.exchange(readOf('/x'));
    fixture.now += 9_999;
    const second = await fixture.exchange(readOf('/x'));
    expect(fixture.asked).toHaveLength(1);
    expect(first.provenance).toMatchObject({ source: 'upstream', forwarded: 'uri-miss', stored: true, ttlMs: 10_000 });
    expect(second.provenance).toEqual({ source: 'cache', ageMs: 9_999, ttlMs: 1, stored: false, collapsed: false });
    expect(second.payload).toBe(first.payload);
  });

  it('asks again once the reply is no longer fresh, and says why', async () => {
    await fixture.exchange(readOf('/x', strict));
    fixture.now += 5_000;
    const again = await fixture.exchange(readOf('/x', strict));
    expect(fixture.asked).toHaveLength(2);
    expect(again.provenance).toMatchObject({ source: 'upstream', forwarded: 'stale', stored: true });
    expect(again.payload.json()).toEqual({ call: 2 });
  });

  it('caches paths with different queries separately', async () => {
    await fixture.exchange(readOf('/x?page=1'));
    await fixture.exchange(readOf('/x?page=2'));
    expect(fixture.asked.map(({ path }) => path)).toEqual(['/x?page=1', '/x?page=2']);
  });

  it('uses a reply only as long as the stricter of two policies allows', async () => {
    await fixture.exchange(readOf('/x', lax));
    fixture.now += 5_000;
    expect((await fixture.exchange(readOf('/x', strict))).provenance.source).toBe('upstream');
    fixture.now += 4_000;
    expect((await fixture.exchange(readOf('/x', lax))).provenance).toMatchObject({ source: 'cache', ttlMs: 1_000 });
  });

  it('asks Logto for a forced read, and caches the reply', async () => {
    await fixture.exchange(readOf('/x'));
    const refreshed = await fixture.exchange(readOf('/x', { refresh: true }));
    expect(refreshed.provenance).toMatchObject({ source: 'upstream', forwarded: 'request', stored: true });
    expect((await fixture.exchange(readOf('/x'))).payload.json()).toEqual({ call: 2 });
    expect(fixture.asked).toHaveLength(2);
  });

  it('skips the cache for a caller who sends no-cache, and tells the next stages', async () => {
    await fixture.exchange(readOf('/x'));
    await withRequestContext(contextOf({ bypassCache: true }), () => fixture.exchange(readOf('/x')));
    await withRequestContext(contextOf(), () => fixture.exchange(readOf('/x')));
    expect(fixture.asked).toHaveLength(2);
    expect(fixture.asked.map((request) => request.method === 'GET' && request.refresh === true)).toEqual([false, true]);
  });

  it('caches a 404 for five seconds at most', async () => {
    fixture.answer = async () => replyOf({ code: 'entity.not_exists_with_id' }, { status: 404 });
    await fixture.exchange(readOf('/x'));
    fixture.now += 4_999;
    const hit = await fixture.exchange(readOf('/x'));
    expect(hit).toMatchObject({ status: 404, provenance: { source: 'cache', ttlMs: 1 } });
    fixture.now += 1;
    await fixture.exchange(readOf('/x'));
    expect(fixture.asked).toHaveLength(2);
  });

  it.each([201, 204, 400, 401, 403, 422, 429, 500, 503])('does not cache a reply of %i', async (status) => {
    fixture.answer = async () => replyOf({}, { status });
    const first = await fixture.exchange(readOf('/x'));
    await fixture.exchange(readOf('/x'));
    expect(first.provenance).toMatchObject({ stored: false, ttlMs: 0 });
    expect(fixture.asked).toHaveLength(2);
  });

  it('caches nothing when a call fails', async () => {
    fixture.answer = () => Promise.reject(new Error('broken'));
    await expect(fixture.exchange(readOf('/x'))).rejects.toThrow('broken');
    fixture.answer = async () => replyOf('recovered');
    expect((await fixture.exchange(readOf('/x'))).provenance).toMatchObject({ forwarded: 'uri-miss' });
  });

  it('invalidates what a write names, and nothing else', async () => {
    await fixture.exchange(readOf('/x', { tags: ['a', 'b'] }));
    await fixture.exchange(readOf('/y', { tags: ['c'] }));
    await fixture.exchange(writeOf('/x', { invalidates: ['b'] }));
    fixture.asked.length = 0;
    await fixture.exchange(readOf('/x', { tags: ['a', 'b'] }));
    await fixture.exchange(readOf('/y', { tags: ['c'] }));
    expect(fixture.asked.map(({ path }) => path)).toEqual(['/x']);
  });

  it('invalidates even when the write fails, because its effect is unknown', async () => {
    await fixture.exchange(readOf('/x'));
    fixture.answer = () => Promise.reject(new Error('cut'));
    await expect(fixture.exchange(writeOf('/x'))).rejects.toThrow('cut');
    fixture.answer = async () => replyOf('read again');
    expect((await fixture.exchange(readOf('/x'))).payload.json()).toBe('read again');
  });

  it('invalidates even when Logto answers a write with an error', async () => {
    await fixture.exchange(readOf('/x'));
    fixture.answer = async () => replyOf({}, { status: 500 });
    await fixture.exchange(writeOf('/x'));
    fixture.answer = async () => replyOf('read again');
    expect((await fixture.exchange(readOf('/x'))).payload.json()).toBe('read again');
  });

  it.each<[string, UpstreamFault]>([
    ['the circuit is open', new UpstreamFault('upstream.unavailable', 'open', { retryAfterS: 1 })],
    ['the connection is refused', new UpstreamFault('upstream.unavailable', 'refused', { lost: 'before' })],
    ['the queue is full', new UpstreamFault('upstream.busy', 'full')],
    ['there is no token', new UpstreamFault('upstream.unauthorized', 'none', { atTokenEndpoint: true })],
  ])('invalidates nothing when a write was never sent because %s', async (_why, fault) => {
    const first = await fixture.exchange(readOf('/x'));
    fixture.answer = () => Promise.reject(fault);
    await expect(fixture.exchange(writeOf('/x'))).rejects.toBe(fault);
    const second = await fixture.exchange(readOf('/x'));
    expect(second.provenance.source).toBe('cache');
    expect(second.payload).toBe(first.payload);
  });

  it('does not cache the reply to a read that began before a write and ended during it', async () => {
    const slow = deferred<UpstreamReply>();
    const writing = deferred<UpstreamReply>();
    fixture.answer = (request) => (request.method === 'GET' ? slow.promise : writing.promise);
    const read = fixture.exchange(readOf('/x'));
    await fixture.asking('GET');
    const write = fixture.exchange(writeOf('/x'));
    slow.resolve(replyOf('old'));
    expect((await read).provenance.stored).toBe(false);
    writing.resolve(replyOf({}));
    await write;
    fixture.answer = async () => replyOf('new');
    expect((await fixture.exchange(readOf('/x'))).payload.json()).toBe('new');
  });

  it('does not cache the reply to a read that began before a write and ended after it', async () => {
    const slow = deferred<UpstreamReply>();
    fixture.answer = (request) => (request.method === 'GET' ? slow.promise : Promise.resolve(replyOf({})));
    const read = fixture.exchange(readOf('/x'));
    await fixture.asking('GET');
    await fixture.exchange(writeOf('/x'));
    slow.resolve(replyOf('old'));
    expect((await read).provenance).toMatchObject({ stored: false, ttlMs: 0 });
    fixture.answer = async () => replyOf('new');
    expect((await fixture.exchange(readOf('/x'))).payload.json()).toBe('new');
  });

  it('does not cache the reply to a read that began during a write', async () => {
    const writing = deferred<UpstreamReply>();
    const slow = deferred<UpstreamReply>();
    fixture.answer = (request) => (request.method === 'GET' ? slow.promise : writing.promise);
    const write = fixture.exchange(writeOf('/x'));
    const read = fixture.exchange(readOf('/x'));
    await fixture.asking('GET');
    writing.resolve(replyOf({}));
    await write;
    slow.resolve(replyOf('old or new'));
    expect((await read).provenance.stored).toBe(false);
  });

  it('preserves the provenance of a collapsed reply', async () => {
    fixture.answer = async () => replyOf(1, { provenance: { ...replyOf(1).provenance, collapsed: true } });
    expect((await fixture.exchange(readOf('/x'))).provenance).toMatchObject({ collapsed: true, stored: true });
  });

  it('passes on the previous reply, and whether it is still valid', async () => {
    fixture.answer = async () => replyOf('known', { etag: '"1"' });
    await fixture.exchange(readOf('/x'));
    await fixture.exchange(readOf('/x', { refresh: true }));
    await fixture.exchange(writeOf('/x'));
    await fixture.exchange(readOf('/x'));
    const reads = fixture.asked.flatMap((request) => (request.method === 'GET' ? [request.previous] : []));
    expect(reads).toMatchObject([
      undefined,
      { isValid: true, reply: { etag: '"1"' } },
      { isValid: false, reply: { etag: '"1"' } },
    ]);
  });

  describe('during a write', () => {
    let writing: ReturnType<typeof deferred<UpstreamReply>>;
    let write: Promise<UpstreamReply>;
    beforeEach(async () => {
      fixture.answer = async () => replyOf('old');
      await fixture.exchange(readOf('/x'));
      writing = deferred<UpstreamReply>();
      fixture.answer = (request) => (request.method === 'GET' ? Promise.resolve(replyOf('asked')) : writing.promise);
      write = fixture.exchange(writeOf('/x'));
      await fixture.asking('PATCH');
    });

    it('asks Logto despite a cached reply, and does not cache the new one', async () => {
      const reply = await fixture.exchange(readOf('/x'));
      expect(reply.payload.json()).toBe('asked');
      expect(reply.provenance).toMatchObject({ source: 'upstream', stored: false, ttlMs: 0 });
      writing.resolve(replyOf({}));
      await write;
      fixture.answer = async () => replyOf('new');
      expect((await fixture.exchange(readOf('/x'))).payload.json()).toBe('new');
    });

    it('serves the cached reply when Logto fails', async () => {
      fixture.answer = () => Promise.reject(new UpstreamFault('upstream.unavailable', 'down'));
      const old = await fixture.exchange(readOf('/x'));
      expect(old.payload.json()).toBe('old');
      expect(old.provenance).toMatchObject({ source: 'cache', failed: 'upstream.unavailable' });
    });

    it('does not serve the cached reply when the write ended before Logto failed', async () => {
      const failing = deferred<UpstreamReply>();
      fixture.answer = () => failing.promise;
      const read = fixture.exchange(readOf('/x'));
      await fixture.asking('GET');
      writing.resolve(replyOf({}));
      await write;
      failing.reject(new UpstreamFault('upstream.unavailable', 'down'));
      await expect(read).rejects.toThrow('down');
    });

    it('answers from memory for other tags', async () => {
      await fixture.exchange(readOf('/y', { tags: ['b'] }));
      expect((await fixture.exchange(readOf('/y', { tags: ['b'] }))).provenance.source).toBe('cache');
    });
  });

  it.each<[string, boolean, () => Promise<UpstreamReply>]>([
    ['it succeeds', true, async () => replyOf({})],
    ['Logto rejects its body', true, async () => replyOf({}, { status: 422 })],
    ['Logto fails', true, async () => replyOf({}, { status: 500 })],
    ['the reply is lost', true, () => Promise.reject(new UpstreamFault('upstream.timeout', 'late', { wrote: true }))],
    ['the gateway itself fails', true, () => Promise.reject(new TypeError('a bug'))],
    ['our token is rejected', false, async () => replyOf({}, { status: 401 })],
    ['our token lacks a permission', false, async () => replyOf({}, { status: 403 })],
    ['Logto limits the rate', false, async () => replyOf({}, { status: 429 })],
    ['it was never sent', false, () => Promise.reject(new UpstreamFault('upstream.unavailable', 'down'))],
  ])('records whether a write may have taken effect: %s (%s)', async (_what, mayHave, answer) => {
    fixture.answer = answer;
    const context = contextOf();
    await withRequestContext(context, () => fixture.exchange(writeOf('/x'))).catch(() => undefined);
    expect(context.wrote === true).toBe(mayHave);
  });

  describe('with a stale reply', () => {
    beforeEach(async () => {
      fixture.answer = async () => replyOf('old');
      await fixture.exchange(readOf('/x'));
      fixture.now += 10_000;
    });

    it('serves it at once and asks Logto in the background, once', async () => {
      const slow = deferred<UpstreamReply>();
      fixture.answer = () => slow.promise;
      fixture.now += 1;
      const [first, second] = await Promise.all([fixture.exchange(readOf('/x')), fixture.exchange(readOf('/x'))]);
      expect(first.payload.json()).toBe('old');
      expect(first.provenance).toMatchObject({ source: 'cache', ageMs: 10_001, ttlMs: -1 });
      expect(second.payload).toBe(first.payload);
      await until('a background read', () => fixture.asked.length === 2);
      expect(fixture.asked[1]).toMatchObject({ lane: 'background' });
      slow.resolve(replyOf('new'));
      await until('the new reply', async () => (await fixture.exchange(readOf('/x'))).payload.json() === 'new');
      expect(fixture.asked).toHaveLength(2);
    });

    it('asks in the background outside any request context', async () => {
      const contexts: unknown[] = [];
      fixture.answer = async () => {
        contexts.push(requestContext());
        return replyOf('new');
      };
      await withRequestContext(contextOf(), () => fixture.exchange(readOf('/x')));
      await until('a background read', () => contexts.length === 1);
      expect(contexts).toEqual([undefined]);
    });

    it('backs off when a background read fails', async () => {
      fixture.answer = () => Promise.reject(new UpstreamFault('upstream.unavailable', 'down'));
      await fixture.exchange(readOf('/x'));
      await until('a background read', () => fixture.asked.length === 2);
      await fixture.exchange(readOf('/x'));
      await fixture.exchange(readOf('/x'));
      expect(fixture.asked).toHaveLength(2);
      fixture.now += 1000;
      await fixture.exchange(readOf('/x'));
      await until('another background read', () => fixture.asked.length === 3);
    });

    it('asks Logto first when the stale time is over', async () => {
      fixture.now += 20_000;
      fixture.answer = async () => replyOf('new');
      expect((await fixture.exchange(readOf('/x'))).payload.json()).toBe('new');
    });

    it('never serves it for a policy that forbids stale replies', async () => {
      fixture.answer = async () => replyOf('new');
      expect((await fixture.exchange(readOf('/x', strict))).payload.json()).toBe('new');
    });

    it('never serves it once a write has invalidated it, even when Logto fails', async () => {
      await fixture.exchange(writeOf('/x'));
      fixture.answer = () => Promise.reject(new UpstreamFault('upstream.unavailable', 'down'));
      await expect(fixture.exchange(readOf('/x'))).rejects.toThrow('down');
    });

    it.each([429, 500, 502, 503])('serves it when Logto answers %i', async (status) => {
      await fixture.becomeAlone();
      fixture.answer = async () => replyOf({}, { status });
      const old = await fixture.exchange(readOf('/x'));
      expect(old.payload.json()).toBe('old');
      expect(old.provenance).toMatchObject({ failed: String(status), ageMs: 10_000 });
    });

    it('answers a forced read with Logto’s failure', async () => {
      fixture.answer = () => Promise.reject(new UpstreamFault('upstream.unavailable', 'down'));
      await expect(fixture.exchange(readOf('/x', { refresh: true }))).rejects.toThrow('down');
      await expect(
        withRequestContext(contextOf({ bypassCache: true }), () => fixture.exchange(readOf('/x'))),
      ).rejects.toThrow('down');
    });

    it('throws an error of the gateway itself', async () => {
      fixture.now += 20_000;
      fixture.answer = () => Promise.reject(new TypeError('a bug'));
      await expect(fixture.exchange(readOf('/x'))).rejects.toThrow(TypeError);
    });
  });

  describe('for a caller who sends only-if-cached', () => {
    const onlyIfCached = <T>(work: () => Promise<T>) => withRequestContext(contextOf({ onlyIfCached: true }), work);

    it('answers from memory', async () => {
      await fixture.exchange(readOf('/x'));
      expect((await onlyIfCached(() => fixture.exchange(readOf('/x')))).provenance.source).toBe('cache');
      expect(fixture.asked).toHaveLength(1);
    });

    it('throws NotCached when nothing is cached', async () => {
      await expect(onlyIfCached(() => fixture.exchange(readOf('/x')))).rejects.toThrow(NotCached);
      expect(fixture.asked).toHaveLength(0);
    });

    it('still sends writes', async () => {
      await onlyIfCached(() => fixture.exchange(writeOf('/x')));
      expect(fixture.asked).toHaveLength(1);
    });
  });

  it('counts the age of a shared reply from when Logto sent it', async () => {
    fixture.answer = async () =>
      replyOf('theirs', { provenance: { ...FROM_UPSTREAM, source: 'cache', ageMs: 4_000, ttlMs: 6_000 } });
    await fixture.exchange(readOf('/x'));
    fixture.now += 5_000;
    expect((await fixture.exchange(readOf('/x'))).provenance).toMatchObject({
      source: 'cache',
      ageMs: 9_000,
      ttlMs: 1_000,
    });
    expect(fixture.asked).toHaveLength(1);
  });
});
