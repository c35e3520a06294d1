import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred, readOf, replyOf, until, writeOf } from '../../../test/support/far-end.js';
import { Epochs } from '../../cache/epochs.js';
import { Fence } from '../../cache/fence.js';
import { Memory } from '../../cache/memory.js';
import { MemoryStore } from '../../cache/memory-store.js';
import type { Trust } from '../../cache/trust.js';
import { type RequestContext, requestContext, withRequestContext } from '../../context/request-context.js';
import {
  type Exchange,
  FROM_UPSTREAM,
  type Lifetime,
  pipe,
  type UpstreamReply,
  type UpstreamRequest,
} from '../exchange.js';
import { NotRemembered, UpstreamFault } from '../upstream-fault.js';
import { cached } from './cached.stage.js';
import { lifetimes } from './lifetime.stage.js';

const policies: Record<string, Lifetime> = {
  members: { freshMs: 10_000, staleMs: 20_000 },
  roles: { freshMs: 60_000, staleMs: 0 },
  permissions: { freshMs: 5_000, staleMs: 0 },
};
/** Never stale: when its freshness ends, Logto is asked before anybody is answered. */
const strict = { freshness: { name: 'strict', policy: 'permissions' } } as const;
const lax = { freshness: { name: 'lax', policy: 'roles' } } as const;

const contextOf = (bypassCache: boolean, onlyIfCached = false): RequestContext => ({
  id: 'request-1',
  traceparent: undefined,
  startedAt: 0,
  bypassCache,
  onlyIfCached,
  upstream: [],
  reads: [],
  faults: [],
});

describe('cached stage', () => {
  let now: number;
  let epochs: Epochs;
  let asked: UpstreamRequest[];
  let answer: (request: UpstreamRequest) => Promise<UpstreamReply>;
  let exchange: Exchange;
  let trust: Trust;
  /** What asking makes of trust. */
  let untilSure: () => Promise<void>;
  let told: (readonly string[])[];

  beforeEach(() => {
    now = 1_000_000;
    epochs = new Epochs();
    asked = [];
    answer = async () => replyOf({ call: asked.length });
    trust = 'sure';
    untilSure = async () => undefined;
    const bulletin = {
      tell: async (tags: readonly string[]) => told.push(tags) > 0,
      get trust() {
        return trust;
      },
      untilSure: () => untilSure(),
    };
    told = [];
    const fence = new Fence(epochs, bulletin);
    const policyOf = ({ freshness }: { freshness: { policy: string } }): Lifetime =>
      policies[freshness.policy] ?? { freshMs: 0, staleMs: 0 };
    exchange = pipe(
      cached({ memory: new Memory(new MemoryStore(1_000_000), fence, () => now), fence, policyOf }),
      // In the middle of its range, jitter changes nothing.
      lifetimes({ policyOf, missingMs: 5000, random: () => 0.5 }),
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
    await exchange(readOf('/x', strict));
    now += 5_000;
    const again = await exchange(readOf('/x', strict));
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
    await exchange(readOf('/x', lax));
    now += 5_000;
    expect((await exchange(readOf('/x', strict))).provenance.source).toBe('upstream');
    now += 4_000;
    expect((await exchange(readOf('/x', lax))).provenance).toMatchObject({ source: 'cache', ttlMs: 1_000 });
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
    expect(asked.map((request) => request.method === 'GET' && request.refresh === true)).toEqual([false, true]);
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

  it('shows the stages behind what it knew, true or not', async () => {
    answer = async () => replyOf('known', { etag: '"1"' });
    await exchange(readOf('/x'));
    await exchange(writeOf('/x'));
    await exchange(readOf('/x'));
    expect(asked.map((request) => request.method === 'GET' && request.known?.etag)).toEqual([undefined, false, '"1"']);
  });

  it('tells other replicas of a write before it is sent and when it is over, and answers when they know', async () => {
    const order: string[] = [];
    answer = async () => {
      order.push(`sent, told ${told.length}`);
      return replyOf({});
    };
    await exchange(writeOf('/x', { invalidates: ['a', 'b'] }));
    expect(order).toEqual(['sent, told 1']);
    expect(told).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  describe('of an answer past its freshness', () => {
    beforeEach(async () => {
      answer = async () => replyOf('old');
      await exchange(readOf('/x'));
      now += 10_000;
    });

    it('gives the stale one at once and asks Logto in the background, once', async () => {
      const slow = deferred<UpstreamReply>();
      answer = () => slow.promise;
      now += 1;
      const [first, second] = await Promise.all([exchange(readOf('/x')), exchange(readOf('/x'))]);
      expect(first.payload.json()).toBe('old');
      expect(first.provenance).toMatchObject({ source: 'cache', ageMs: 10_001, ttlMs: -1 });
      expect(second.payload).toBe(first.payload);
      await until('one question in the background', () => asked.length === 2);
      expect(asked[1]).toMatchObject({ lane: 'background' });
      slow.resolve(replyOf('new'));
      await until('the new answer', async () => (await exchange(readOf('/x'))).payload.json() === 'new');
      expect(asked).toHaveLength(2);
    });

    it('asks in the background as part of no request', async () => {
      const contexts: unknown[] = [];
      answer = async () => {
        contexts.push(requestContext());
        return replyOf('new');
      };
      await withRequestContext(contextOf(false), () => exchange(readOf('/x')));
      await until('a question', () => contexts.length === 1);
      expect(contexts).toEqual([undefined]);
    });

    it('does not ask again so soon when asking in the background fails', async () => {
      answer = () => Promise.reject(new UpstreamFault('upstream.unavailable', 'gone'));
      await exchange(readOf('/x'));
      await until('a question', () => asked.length === 2);
      await exchange(readOf('/x'));
      await exchange(readOf('/x'));
      expect(asked).toHaveLength(2);
      now += 1000;
      await exchange(readOf('/x'));
      await until('another question', () => asked.length === 3);
    });

    it('asks Logto first when the stale bound is over too', async () => {
      now += 20_000;
      answer = async () => replyOf('new');
      expect((await exchange(readOf('/x'))).payload.json()).toBe('new');
    });

    it('never gives a stale one where a permission hangs on it', async () => {
      answer = async () => replyOf('new');
      expect((await exchange(readOf('/x', strict))).payload.json()).toBe('new');
    });

    it('never gives what a write has made untrue, however Logto fails', async () => {
      await exchange(writeOf('/x'));
      answer = () => Promise.reject(new UpstreamFault('upstream.unavailable', 'gone'));
      await expect(exchange(readOf('/x'))).rejects.toThrow('gone');
    });

    it('asks Logto first while it is alone, and gives the old one when it fails', async () => {
      trust = 'alone';
      answer = async () => replyOf('new');
      expect((await exchange(readOf('/x'))).payload.json()).toBe('new');
      now += 1_001;
      answer = () => Promise.reject(new UpstreamFault('upstream.timeout', 'slow'));
      const old = await exchange(readOf('/x'));
      expect(old.payload.json()).toBe('new');
      expect(old.provenance).toMatchObject({ source: 'cache', forwarded: 'stale', failed: 'upstream.timeout' });
    });

    it('asks while it is unsure, and has nothing to give when that fails: others may have written', async () => {
      trust = 'unsure';
      answer = () => Promise.reject(new UpstreamFault('upstream.timeout', 'slow'));
      await expect(exchange(readOf('/x'))).rejects.toThrow('slow');
    });

    it('does not give the old one for a failure when a write became known meanwhile', async () => {
      trust = 'alone';
      answer = async () => {
        epochs.bump(readOf('/x').tags);
        throw new UpstreamFault('upstream.timeout', 'slow');
      };
      await expect(exchange(readOf('/x'))).rejects.toThrow('slow');
    });

    it.each([429, 500, 502, 503])(
      'gives the old one when Logto answers %i and nothing else is known',
      async (status) => {
        trust = 'alone';
        answer = async () => replyOf({}, { status });
        const old = await exchange(readOf('/x'));
        expect(old.payload.json()).toBe('old');
        expect(old.provenance).toMatchObject({ failed: String(status), ageMs: 10_000 });
      },
    );

    it('gives whoever demands a new answer Logto’s failing, not the old one', async () => {
      answer = () => Promise.reject(new UpstreamFault('upstream.unavailable', 'gone'));
      await expect(exchange(readOf('/x', { refresh: true }))).rejects.toThrow('gone');
      await expect(withRequestContext(contextOf(true), () => exchange(readOf('/x')))).rejects.toThrow('gone');
    });

    it('throws what is a fault of our own', async () => {
      now += 20_000;
      answer = () => Promise.reject(new TypeError('a bug'));
      await expect(exchange(readOf('/x'))).rejects.toThrow(TypeError);
    });
  });

  describe('while it is unsure what other replicas wrote', () => {
    beforeEach(async () => {
      answer = async () => replyOf('old');
      await exchange(readOf('/x'));
      trust = 'unsure';
      answer = async () => replyOf('new');
    });

    it('finds out first, and then answers from memory what is still true', async () => {
      untilSure = async () => {
        trust = 'sure';
      };
      expect((await exchange(readOf('/x'))).payload.json()).toBe('old');
    });

    it('does not answer what it finds out to be untrue', async () => {
      untilSure = async () => {
        trust = 'sure';
        epochs.bump(['a']);
      };
      expect((await exchange(readOf('/x'))).payload.json()).toBe('new');
    });

    it('asks on when it cannot find out, even if clocks went back', async () => {
      now -= 5_000;
      expect((await exchange(readOf('/x'))).payload.json()).toBe('new');
    });

    it('has nothing for who takes only what is remembered', async () => {
      await expect(withRequestContext(contextOf(false, true), () => exchange(readOf('/x')))).rejects.toThrow(
        NotRemembered,
      );
    });
  });

  describe('for a caller who takes only what is remembered', () => {
    const only = <T>(work: () => Promise<T>) => withRequestContext(contextOf(false, true), work);

    it('answers from memory', async () => {
      await exchange(readOf('/x'));
      expect((await only(() => exchange(readOf('/x')))).provenance.source).toBe('cache');
      expect(asked).toHaveLength(1);
    });

    it('says so when nothing is', async () => {
      await expect(only(() => exchange(readOf('/x')))).rejects.toThrow(NotRemembered);
      expect(asked).toHaveLength(0);
    });

    it('writes all the same', async () => {
      await only(() => exchange(writeOf('/x')));
      expect(asked).toHaveLength(1);
    });
  });

  it('counts the age of what another replica read from when Logto said it', async () => {
    answer = async () =>
      replyOf('theirs', { provenance: { ...FROM_UPSTREAM, source: 'cache', ageMs: 4_000, ttlMs: 6_000 } });
    await exchange(readOf('/x'));
    now += 5_000;
    expect((await exchange(readOf('/x'))).provenance).toMatchObject({ source: 'cache', ageMs: 9_000, ttlMs: 1_000 });
    expect(asked).toHaveLength(1);
  });
});
