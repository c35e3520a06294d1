// Longer than most: what is remembered, how long, and what writes of this process do to it, by one stand. What other replicas
// and an ill Redis do to it is in cached-among-replicas.stage.spec.ts.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { CachedStand } from '../../../test/support/cached-stand.js';
import { deferred, readOf, replyOf, until, writeOf } from '../../../test/support/far-end.js';
import { contextOf } from '../../../test/support/request-context.js';
import { requestContext, withRequestContext } from '../../context/request-context.js';
import { FROM_UPSTREAM, type UpstreamReply } from '../exchange.js';
import { NotRemembered, UpstreamFault } from '../upstream-fault.js';

/** Never stale: when its freshness ends, Logto is asked before anybody is answered. */
const strict = { freshness: { name: 'strict', policy: 'permissions' } } as const;
const lax = { freshness: { name: 'lax', policy: 'roles' } } as const;

describe('cached stage', () => {
  let stand: CachedStand;
  beforeEach(() => {
    stand = new CachedStand();
  });

  it('asks once and answers from memory while the answer is fresh', async () => {
    const first = await stand.exchange(readOf('/x'));
    stand.now += 9_999;
    const second = await stand.exchange(readOf('/x'));
    expect(stand.asked).toHaveLength(1);
    expect(first.provenance).toMatchObject({ source: 'upstream', forwarded: 'uri-miss', stored: true, ttlMs: 10_000 });
    expect(second.provenance).toEqual({ source: 'cache', ageMs: 9_999, ttlMs: 1, stored: false, collapsed: false });
    expect(second.payload).toBe(first.payload);
  });

  it('asks again once the freshness is used up, and says why', async () => {
    await stand.exchange(readOf('/x', strict));
    stand.now += 5_000;
    const again = await stand.exchange(readOf('/x', strict));
    expect(stand.asked).toHaveLength(2);
    expect(again.provenance).toMatchObject({ source: 'upstream', forwarded: 'stale', stored: true });
    expect(again.payload.json()).toEqual({ call: 2 });
  });

  it('takes paths with other queries for other questions', async () => {
    await stand.exchange(readOf('/x?page=1'));
    await stand.exchange(readOf('/x?page=2'));
    expect(stand.asked.map(({ path }) => path)).toEqual(['/x?page=1', '/x?page=2']);
  });

  it('believes an answer only as long as the stricter of two policies', async () => {
    await stand.exchange(readOf('/x', lax));
    stand.now += 5_000;
    expect((await stand.exchange(readOf('/x', strict))).provenance.source).toBe('upstream');
    stand.now += 4_000;
    expect((await stand.exchange(readOf('/x', lax))).provenance).toMatchObject({ source: 'cache', ttlMs: 1_000 });
  });

  it('asks Logto when told to refresh, and remembers what it then hears', async () => {
    await stand.exchange(readOf('/x'));
    const refreshed = await stand.exchange(readOf('/x', { refresh: true }));
    expect(refreshed.provenance).toMatchObject({ source: 'upstream', forwarded: 'request', stored: true });
    expect((await stand.exchange(readOf('/x'))).payload.json()).toEqual({ call: 2 });
    expect(stand.asked).toHaveLength(2);
  });

  it('skips the memory for a caller who says no-cache, and lets the stages behind it know', async () => {
    await stand.exchange(readOf('/x'));
    await withRequestContext(contextOf({ bypassCache: true }), () => stand.exchange(readOf('/x')));
    await withRequestContext(contextOf(), () => stand.exchange(readOf('/x')));
    expect(stand.asked).toHaveLength(2);
    expect(stand.asked.map((request) => request.method === 'GET' && request.refresh === true)).toEqual([false, true]);
  });

  it('believes "no such thing" for five seconds at most', async () => {
    stand.answer = async () => replyOf({ code: 'entity.not_exists_with_id' }, { status: 404 });
    await stand.exchange(readOf('/x'));
    stand.now += 4_999;
    const remembered = await stand.exchange(readOf('/x'));
    expect(remembered).toMatchObject({ status: 404, provenance: { source: 'cache', ttlMs: 1 } });
    stand.now += 1;
    await stand.exchange(readOf('/x'));
    expect(stand.asked).toHaveLength(2);
  });

  it.each([201, 204, 400, 401, 403, 422, 429, 500, 503])('does not remember an answer of %i', async (status) => {
    stand.answer = async () => replyOf({}, { status });
    const first = await stand.exchange(readOf('/x'));
    await stand.exchange(readOf('/x'));
    expect(first.provenance).toMatchObject({ stored: false, ttlMs: 0 });
    expect(stand.asked).toHaveLength(2);
  });

  it('remembers nothing of a call that failed', async () => {
    stand.answer = () => Promise.reject(new Error('broken'));
    await expect(stand.exchange(readOf('/x'))).rejects.toThrow('broken');
    stand.answer = async () => replyOf('well again');
    expect((await stand.exchange(readOf('/x'))).provenance).toMatchObject({ forwarded: 'uri-miss' });
  });

  it('forgets what a write makes untrue, and nothing else', async () => {
    await stand.exchange(readOf('/x', { tags: ['a', 'b'] }));
    await stand.exchange(readOf('/y', { tags: ['c'] }));
    await stand.exchange(writeOf('/x', { invalidates: ['b'] }));
    stand.asked.length = 0;
    await stand.exchange(readOf('/x', { tags: ['a', 'b'] }));
    await stand.exchange(readOf('/y', { tags: ['c'] }));
    expect(stand.asked.map(({ path }) => path)).toEqual(['/x']);
  });

  it('forgets also when the write fails, for its effect is unknown', async () => {
    await stand.exchange(readOf('/x'));
    stand.answer = () => Promise.reject(new Error('cut'));
    await expect(stand.exchange(writeOf('/x'))).rejects.toThrow('cut');
    stand.answer = async () => replyOf('read again');
    expect((await stand.exchange(readOf('/x'))).payload.json()).toBe('read again');
  });

  it('forgets also when the write is refused', async () => {
    await stand.exchange(readOf('/x'));
    stand.answer = async () => replyOf({}, { status: 500 });
    await stand.exchange(writeOf('/x'));
    stand.answer = async () => replyOf('read again');
    expect((await stand.exchange(readOf('/x'))).payload.json()).toBe('read again');
  });

  it.each<[string, UpstreamFault]>([
    ['the circuit is open', new UpstreamFault('upstream.unavailable', 'open', { retryAfterS: 1 })],
    ['the connection is refused', new UpstreamFault('upstream.unavailable', 'refused', { lost: 'before' })],
    ['there is no room', new UpstreamFault('upstream.busy', 'full')],
    ['there is no token', new UpstreamFault('upstream.unauthorized', 'none', { atTokenEndpoint: true })],
  ])('forgets nothing when a write provably never left, for %s', async (_why, fault) => {
    const first = await stand.exchange(readOf('/x'));
    stand.answer = () => Promise.reject(fault);
    await expect(stand.exchange(writeOf('/x'))).rejects.toBe(fault);
    const second = await stand.exchange(readOf('/x'));
    expect(second.provenance.source).toBe('cache');
    expect(second.payload).toBe(first.payload);
  });

  it('does not keep an answer that was asked for before a write and came during it', async () => {
    const slow = deferred<UpstreamReply>();
    const writing = deferred<UpstreamReply>();
    stand.answer = (request) => (request.method === 'GET' ? slow.promise : writing.promise);
    const read = stand.exchange(readOf('/x'));
    await stand.asking('GET');
    const write = stand.exchange(writeOf('/x'));
    slow.resolve(replyOf('old'));
    expect((await read).provenance.stored).toBe(false);
    writing.resolve(replyOf({}));
    await write;
    stand.answer = async () => replyOf('new');
    expect((await stand.exchange(readOf('/x'))).payload.json()).toBe('new');
  });

  it('does not keep an answer that was asked for before a write and came after it', async () => {
    const slow = deferred<UpstreamReply>();
    stand.answer = (request) => (request.method === 'GET' ? slow.promise : Promise.resolve(replyOf({})));
    const read = stand.exchange(readOf('/x'));
    await stand.asking('GET');
    await stand.exchange(writeOf('/x'));
    slow.resolve(replyOf('old'));
    expect((await read).provenance).toMatchObject({ stored: false, ttlMs: 0 });
    stand.answer = async () => replyOf('new');
    expect((await stand.exchange(readOf('/x'))).payload.json()).toBe('new');
  });

  it('does not keep an answer that was asked for while a write was under way', async () => {
    const writing = deferred<UpstreamReply>();
    const slow = deferred<UpstreamReply>();
    stand.answer = (request) => (request.method === 'GET' ? slow.promise : writing.promise);
    const write = stand.exchange(writeOf('/x'));
    const read = stand.exchange(readOf('/x'));
    await stand.asking('GET');
    writing.resolve(replyOf({}));
    await write;
    slow.resolve(replyOf('seen before or after, who knows'));
    expect((await read).provenance.stored).toBe(false);
  });

  it('hands on what the stages behind it say of a shared answer', async () => {
    stand.answer = async () => replyOf(1, { provenance: { ...replyOf(1).provenance, collapsed: true } });
    expect((await stand.exchange(readOf('/x'))).provenance).toMatchObject({ collapsed: true, stored: true });
  });

  it('shows the stages behind what it knew, and whether it is still true', async () => {
    stand.answer = async () => replyOf('known', { etag: '"1"' });
    await stand.exchange(readOf('/x'));
    await stand.exchange(readOf('/x', { refresh: true }));
    await stand.exchange(writeOf('/x'));
    await stand.exchange(readOf('/x'));
    const reads = stand.asked.flatMap((request) => (request.method === 'GET' ? [request.known] : []));
    expect(reads).toMatchObject([
      undefined,
      { counts: true, reply: { etag: '"1"' } },
      { counts: false, reply: { etag: '"1"' } },
    ]);
  });

  describe('while something is being written', () => {
    let writing: ReturnType<typeof deferred<UpstreamReply>>;
    let write: Promise<UpstreamReply>;
    beforeEach(async () => {
      stand.answer = async () => replyOf('old');
      await stand.exchange(readOf('/x'));
      writing = deferred<UpstreamReply>();
      stand.answer = (request) => (request.method === 'GET' ? Promise.resolve(replyOf('asked')) : writing.promise);
      write = stand.exchange(writeOf('/x'));
      await stand.asking('PATCH');
    });

    it('asks Logto for what it remembers of it, and keeps what it hears no longer than that', async () => {
      const reply = await stand.exchange(readOf('/x'));
      expect(reply.payload.json()).toBe('asked');
      expect(reply.provenance).toMatchObject({ source: 'upstream', stored: false, ttlMs: 0 });
      writing.resolve(replyOf({}));
      await write;
      stand.answer = async () => replyOf('new');
      expect((await stand.exchange(readOf('/x'))).payload.json()).toBe('new');
    });

    it('gives what it remembers of it where Logto fails', async () => {
      stand.answer = () => Promise.reject(new UpstreamFault('upstream.unavailable', 'gone'));
      const old = await stand.exchange(readOf('/x'));
      expect(old.payload.json()).toBe('old');
      expect(old.provenance).toMatchObject({ source: 'cache', failed: 'upstream.unavailable' });
    });

    it('does not give it any more when the write has ended while Logto failed', async () => {
      const failing = deferred<UpstreamReply>();
      stand.answer = () => failing.promise;
      const read = stand.exchange(readOf('/x'));
      await stand.asking('GET');
      writing.resolve(replyOf({}));
      await write;
      failing.reject(new UpstreamFault('upstream.unavailable', 'gone'));
      await expect(read).rejects.toThrow('gone');
    });

    it('answers from memory what is about something else', async () => {
      await stand.exchange(readOf('/y', { tags: ['b'] }));
      expect((await stand.exchange(readOf('/y', { tags: ['b'] }))).provenance.source).toBe('cache');
    });
  });

  it.each<[string, boolean, () => Promise<UpstreamReply>]>([
    ['Logto does it', true, async () => replyOf({})],
    ['Logto refuses what it has read', true, async () => replyOf({}, { status: 422 })],
    ['Logto fails', true, async () => replyOf({}, { status: 500 })],
    ['the answer is lost', true, () => Promise.reject(new UpstreamFault('upstream.timeout', 'late', { wrote: true }))],
    ['a fault of our own comes between', true, () => Promise.reject(new TypeError('a bug'))],
    ['our token is refused', false, async () => replyOf({}, { status: 401 })],
    ['our token is not enough', false, async () => replyOf({}, { status: 403 })],
    ['it is too much for Logto', false, async () => replyOf({}, { status: 429 })],
    ['it never left', false, () => Promise.reject(new UpstreamFault('upstream.unavailable', 'gone'))],
  ])('notes whether a request may have changed something: %s (%s)', async (_what, mayHave, answer) => {
    stand.answer = answer;
    const context = contextOf();
    await withRequestContext(context, () => stand.exchange(writeOf('/x'))).catch(() => undefined);
    expect(context.wrote === true).toBe(mayHave);
  });

  describe('of an answer past its freshness', () => {
    beforeEach(async () => {
      stand.answer = async () => replyOf('old');
      await stand.exchange(readOf('/x'));
      stand.now += 10_000;
    });

    it('gives the stale one at once and asks Logto in the background, once', async () => {
      const slow = deferred<UpstreamReply>();
      stand.answer = () => slow.promise;
      stand.now += 1;
      const [first, second] = await Promise.all([stand.exchange(readOf('/x')), stand.exchange(readOf('/x'))]);
      expect(first.payload.json()).toBe('old');
      expect(first.provenance).toMatchObject({ source: 'cache', ageMs: 10_001, ttlMs: -1 });
      expect(second.payload).toBe(first.payload);
      await until('one question in the background', () => stand.asked.length === 2);
      expect(stand.asked[1]).toMatchObject({ lane: 'background' });
      slow.resolve(replyOf('new'));
      await until('the new answer', async () => (await stand.exchange(readOf('/x'))).payload.json() === 'new');
      expect(stand.asked).toHaveLength(2);
    });

    it('asks in the background as part of no request', async () => {
      const contexts: unknown[] = [];
      stand.answer = async () => {
        contexts.push(requestContext());
        return replyOf('new');
      };
      await withRequestContext(contextOf(), () => stand.exchange(readOf('/x')));
      await until('a question', () => contexts.length === 1);
      expect(contexts).toEqual([undefined]);
    });

    it('does not ask again so soon when asking in the background fails', async () => {
      stand.answer = () => Promise.reject(new UpstreamFault('upstream.unavailable', 'gone'));
      await stand.exchange(readOf('/x'));
      await until('a question', () => stand.asked.length === 2);
      await stand.exchange(readOf('/x'));
      await stand.exchange(readOf('/x'));
      expect(stand.asked).toHaveLength(2);
      stand.now += 1000;
      await stand.exchange(readOf('/x'));
      await until('another question', () => stand.asked.length === 3);
    });

    it('asks Logto first when the stale bound is over too', async () => {
      stand.now += 20_000;
      stand.answer = async () => replyOf('new');
      expect((await stand.exchange(readOf('/x'))).payload.json()).toBe('new');
    });

    it('never gives a stale one where a permission hangs on it', async () => {
      stand.answer = async () => replyOf('new');
      expect((await stand.exchange(readOf('/x', strict))).payload.json()).toBe('new');
    });

    it('never gives what a write has made untrue, however Logto fails', async () => {
      await stand.exchange(writeOf('/x'));
      stand.answer = () => Promise.reject(new UpstreamFault('upstream.unavailable', 'gone'));
      await expect(stand.exchange(readOf('/x'))).rejects.toThrow('gone');
    });

    it.each([429, 500, 502, 503])(
      'gives the old one when Logto answers %i and nothing newer may be given',
      async (status) => {
        await stand.becomeAlone();
        stand.answer = async () => replyOf({}, { status });
        const old = await stand.exchange(readOf('/x'));
        expect(old.payload.json()).toBe('old');
        expect(old.provenance).toMatchObject({ failed: String(status), ageMs: 10_000 });
      },
    );

    it('gives whoever demands a new answer Logto’s failing, not the old one', async () => {
      stand.answer = () => Promise.reject(new UpstreamFault('upstream.unavailable', 'gone'));
      await expect(stand.exchange(readOf('/x', { refresh: true }))).rejects.toThrow('gone');
      await expect(
        withRequestContext(contextOf({ bypassCache: true }), () => stand.exchange(readOf('/x'))),
      ).rejects.toThrow('gone');
    });

    it('throws what is a fault of our own', async () => {
      stand.now += 20_000;
      stand.answer = () => Promise.reject(new TypeError('a bug'));
      await expect(stand.exchange(readOf('/x'))).rejects.toThrow(TypeError);
    });
  });

  describe('for a caller who takes only what is remembered', () => {
    const only = <T>(work: () => Promise<T>) => withRequestContext(contextOf({ onlyIfCached: true }), work);

    it('answers from memory', async () => {
      await stand.exchange(readOf('/x'));
      expect((await only(() => stand.exchange(readOf('/x')))).provenance.source).toBe('cache');
      expect(stand.asked).toHaveLength(1);
    });

    it('says so when nothing is', async () => {
      await expect(only(() => stand.exchange(readOf('/x')))).rejects.toThrow(NotRemembered);
      expect(stand.asked).toHaveLength(0);
    });

    it('writes all the same', async () => {
      await only(() => stand.exchange(writeOf('/x')));
      expect(stand.asked).toHaveLength(1);
    });
  });

  it('counts the age of what another replica read from when Logto said it', async () => {
    stand.answer = async () =>
      replyOf('theirs', { provenance: { ...FROM_UPSTREAM, source: 'cache', ageMs: 4_000, ttlMs: 6_000 } });
    await stand.exchange(readOf('/x'));
    stand.now += 5_000;
    expect((await stand.exchange(readOf('/x'))).provenance).toMatchObject({
      source: 'cache',
      ageMs: 9_000,
      ttlMs: 1_000,
    });
    expect(stand.asked).toHaveLength(1);
  });
});
