import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred, readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { TagVersions } from '../../cache/tag-versions.js';
import type { Exchange, UpstreamReply, UpstreamRequest } from '../../core/exchange.js';
import { coalesce } from './coalesce.stage.js';

describe('coalesce stage', () => {
  let versions: TagVersions;
  let calls: { request: UpstreamRequest; resolve: (reply: UpstreamReply) => void; reject: (error: Error) => void }[];
  let exchange: Exchange;

  beforeEach(() => {
    versions = new TagVersions();
    calls = [];
    exchange = coalesce(versions.versionOf)((request) => {
      const { promise, resolve, reject } = deferred<UpstreamReply>();
      calls.push({ request, resolve, reject });
      return promise;
    });
  });

  it('makes one call for equal reads at the same time', async () => {
    const replies = Array.from({ length: 50 }, () => exchange(readOf('/x')));
    expect(calls).toHaveLength(1);
    calls[0]?.resolve(replyOf('shared'));
    const settled = await Promise.all(replies);
    expect(new Set(settled.map(({ payload }) => payload)).size).toBe(1);
    expect(settled.map(({ provenance }) => provenance.collapsed)).toEqual([false, ...Array<boolean>(49).fill(true)]);
  });

  it('makes another call once the first has ended', async () => {
    const first = exchange(readOf('/x'));
    calls[0]?.resolve(replyOf(1));
    await first;
    void exchange(readOf('/x'));
    expect(calls).toHaveLength(2);
  });

  it('rejects every waiter when the call fails, and makes another call afterwards', async () => {
    const both = [exchange(readOf('/x')), exchange(readOf('/x'))];
    calls[0]?.reject(new Error('lost'));
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    void exchange(readOf('/x'));
    expect(calls).toHaveLength(2);
  });

  it('makes separate calls for different reads', () => {
    void exchange(readOf('/x'));
    void exchange(readOf('/y'));
    expect(calls).toHaveLength(2);
  });

  it('does not let a read that begins after a write join a call from before it', async () => {
    const before = exchange(readOf('/x'));
    versions.end({ write: 'a write', tags: ['a'] });
    const after = exchange(readOf('/x'));
    expect(calls).toHaveLength(2);
    calls[1]?.resolve(replyOf('new'));
    calls[0]?.resolve(replyOf('old'));
    expect([(await before).payload.json(), (await after).payload.json()]).toEqual(['old', 'new']);
  });

  it('lets reads after a write share their call, even while the older one is in flight', async () => {
    void exchange(readOf('/x'));
    versions.end({ write: 'a write', tags: ['a'] });
    void exchange(readOf('/x'));
    calls[0]?.resolve(replyOf('old'));
    await new Promise(setImmediate);
    void exchange(readOf('/x'));
    expect(calls).toHaveLength(2);
  });

  it('lets reads during a write share one call, and makes another once the write has ended', () => {
    versions.begin({ write: 'a write', tags: ['a'] }, Infinity);
    void exchange(readOf('/x'));
    void exchange(readOf('/x'));
    expect(calls).toHaveLength(1);
    versions.end({ write: 'a write', tags: ['a'] });
    void exchange(readOf('/x'));
    expect(calls).toHaveLength(2);
  });

  it('lets only reads that waited for the same poll share a call while other writes are unknown', () => {
    const after = (poll: number) => readOf('/x', { sync: { state: 'unknown', poll } });
    void exchange(readOf('/x', { sync: { state: 'synced' } }));
    void exchange(after(1));
    void exchange(after(1));
    expect(calls).toHaveLength(2);
    void exchange(after(2));
    expect(calls).toHaveLength(3);
  });

  it('lets reads share a call while the replica is alone', () => {
    void exchange(readOf('/x', { sync: { state: 'alone' } }));
    void exchange(readOf('/x', { sync: { state: 'alone' } }));
    expect(calls).toHaveLength(1);
  });

  it('makes a separate call for a forced read', () => {
    void exchange(readOf('/x'));
    void exchange(readOf('/x', { refresh: true }));
    expect(calls).toHaveLength(2);
  });

  describe('when the deadline of a waiter fires', () => {
    let deadlines: Map<string, AbortController>;
    const readBy = (caller: string, path: string) => {
      const outcome = exchange(readOf(path, { freshness: { name: caller, policy: 'never' } }));
      outcome.catch(() => undefined);
      return outcome;
    };
    beforeEach(() => {
      deadlines = new Map(['a', 'b'].map((caller) => [caller, new AbortController()]));
      exchange = coalesce(
        versions.versionOf,
        ({ freshness: { name } }) => deadlines.get(name)?.signal,
      )((request) => {
        const { promise, resolve, reject } = deferred<UpstreamReply>();
        calls.push({ request, resolve, reject });
        return promise;
      });
    });

    it('rejects that waiter and keeps the call for the others', async () => {
      const [first, second] = [readBy('a', '/x'), readBy('b', '/x')];
      deadlines.get('a')?.abort(new Error('disconnected'));
      await expect(first).rejects.toThrow('disconnected');
      expect(calls[0]?.request.signal?.aborted).toBe(false);
      calls[0]?.resolve(replyOf('shared'));
      expect((await second).payload.json()).toBe('shared');
      expect(calls).toHaveLength(1);
    });

    it('aborts the call when the last waiter has left, and makes another for a later read', async () => {
      const both = [readBy('a', '/x'), readBy('b', '/x')];
      deadlines.get('a')?.abort(new Error('disconnected'));
      deadlines.get('b')?.abort(new Error('disconnected'));
      await Promise.allSettled(both);
      expect(calls[0]?.request.signal?.aborted).toBe(true);
      void readBy('c', '/x');
      expect(calls).toHaveLength(2);
      expect(calls[1]?.request.signal?.aborted).toBe(false);
    });

    it('makes no call when it has fired already', async () => {
      deadlines.get('a')?.abort(new Error('disconnected'));
      await expect(readBy('a', '/x')).rejects.toThrow('disconnected');
      expect(calls).toHaveLength(0);
    });

    it('passes the signal on to a call that is not shared', () => {
      void exchange(readOf('/x', { refresh: true, freshness: { name: 'a', policy: 'never' } }));
      expect(calls[0]?.request.signal).toBe(deadlines.get('a')?.signal);
    });

    it('does not apply to writes', () => {
      void exchange(writeOf('/x'));
      expect(calls[0]?.request.signal).toBeUndefined();
    });
  });

  it('lets nobody join a call older than a second while the replica is alone', async () => {
    const clock = new ManualClock();
    const alone = coalesce(
      () => 0,
      () => undefined,
      clock,
    )(async (request) => {
      const { promise, resolve, reject } = deferred<UpstreamReply>();
      calls.push({ request, resolve, reject });
      return promise;
    });
    const read = () => void alone(readOf('/x', { sync: { state: 'alone' } }));
    read();
    await clock.advance(1000);
    read();
    expect(calls).toHaveLength(1);
    await clock.advance(1);
    read();
    read();
    expect(calls).toHaveLength(2);
  });

  it('never merges writes', () => {
    void exchange(writeOf('/x'));
    void exchange(writeOf('/x'));
    expect(calls).toHaveLength(2);
  });
});
