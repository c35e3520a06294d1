import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred, readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { TagVersions } from '../../cache/tag-versions.js';
import type { Exchange, UpstreamReply, UpstreamRequest } from '../exchange.js';
import { coalesce } from './coalesce.stage.js';

describe('coalesce stage', () => {
  let versions: TagVersions;
  let flights: { request: UpstreamRequest; land: (reply: UpstreamReply) => void; crash: (error: Error) => void }[];
  let exchange: Exchange;

  beforeEach(() => {
    versions = new TagVersions();
    flights = [];
    exchange = coalesce(versions.of)((request) => {
      const { promise, resolve, reject } = deferred<UpstreamReply>();
      flights.push({ request, land: resolve, crash: reject });
      return promise;
    });
  });

  it('lets everyone who asks the same at the same time share one flight', async () => {
    const replies = Array.from({ length: 50 }, () => exchange(readOf('/x')));
    expect(flights).toHaveLength(1);
    flights[0]?.land(replyOf('shared'));
    const settled = await Promise.all(replies);
    expect(new Set(settled.map(({ payload }) => payload)).size).toBe(1);
    expect(settled.map(({ provenance }) => provenance.collapsed)).toEqual([false, ...Array<boolean>(49).fill(true)]);
  });

  it('asks anew once the flight has landed', async () => {
    const first = exchange(readOf('/x'));
    flights[0]?.land(replyOf(1));
    await first;
    void exchange(readOf('/x'));
    expect(flights).toHaveLength(2);
  });

  it('gives everyone the error of the flight, and asks anew afterwards', async () => {
    const both = [exchange(readOf('/x')), exchange(readOf('/x'))];
    flights[0]?.crash(new Error('lost'));
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    void exchange(readOf('/x'));
    expect(flights).toHaveLength(2);
  });

  it('keeps different questions apart', () => {
    void exchange(readOf('/x'));
    void exchange(readOf('/y'));
    expect(flights).toHaveLength(2);
  });

  it('does not let a question asked after a write join a flight from before it', async () => {
    const before = exchange(readOf('/x'));
    versions.end({ write: 'a write', tags: ['a'] });
    const after = exchange(readOf('/x'));
    expect(flights).toHaveLength(2);
    flights[1]?.land(replyOf('new'));
    flights[0]?.land(replyOf('old'));
    expect([(await before).payload.json(), (await after).payload.json()]).toEqual(['old', 'new']);
  });

  it('lets those who ask after a write share their flight, even while the old one is in the air', async () => {
    void exchange(readOf('/x'));
    versions.end({ write: 'a write', tags: ['a'] });
    void exchange(readOf('/x'));
    flights[0]?.land(replyOf('old'));
    await new Promise(setImmediate);
    void exchange(readOf('/x'));
    expect(flights).toHaveLength(2);
  });

  it('lets those who ask while something is being written share one flight, and starts another when it was', () => {
    versions.begin({ write: 'a write', tags: ['a'] }, Infinity);
    void exchange(readOf('/x'));
    void exchange(readOf('/x'));
    expect(flights).toHaveLength(1);
    versions.end({ write: 'a write', tags: ['a'] });
    void exchange(readOf('/x'));
    expect(flights).toHaveLength(2);
  });

  it('lets only those share who waited for the same look, while it is not known what others wrote', () => {
    const after = (look: number) => readOf('/x', { sync: { state: 'unknown', look } });
    void exchange(readOf('/x', { sync: { state: 'synced' } }));
    void exchange(after(1));
    void exchange(after(1));
    expect(flights).toHaveLength(2);
    void exchange(after(2));
    expect(flights).toHaveLength(3);
  });

  it('lets those share who know that they are alone', () => {
    void exchange(readOf('/x', { sync: { state: 'alone' } }));
    void exchange(readOf('/x', { sync: { state: 'alone' } }));
    expect(flights).toHaveLength(1);
  });

  it('does not hand a flight under way to whoever demands a fresh answer', () => {
    void exchange(readOf('/x'));
    void exchange(readOf('/x', { refresh: true }));
    expect(flights).toHaveLength(2);
  });

  describe('when somebody leaves', () => {
    let patience: Map<string, AbortController>;
    const impatient = (path: string, who: string) => {
      const outcome = exchange(readOf(path, { freshness: { name: who, policy: 'never' } }));
      outcome.catch(() => undefined);
      return outcome;
    };
    beforeEach(() => {
      patience = new Map(['a', 'b'].map((who) => [who, new AbortController()]));
      exchange = coalesce(
        versions.of,
        ({ freshness: { name } }) => patience.get(name)?.signal,
      )((request) => {
        const { promise, resolve, reject } = deferred<UpstreamReply>();
        flights.push({ request, land: resolve, crash: reject });
        return promise;
      });
    });

    it('lets the impatient one leave alone', async () => {
      const [first, second] = [impatient('/x', 'a'), impatient('/x', 'b')];
      patience.get('a')?.abort(new Error('left'));
      await expect(first).rejects.toThrow('left');
      expect(flights[0]?.request.signal?.aborted).toBe(false);
      flights[0]?.land(replyOf('shared'));
      expect((await second).payload.json()).toBe('shared');
      expect(flights).toHaveLength(1);
    });

    it('calls the flight off when the last one has left, and starts another for who comes then', async () => {
      const both = [impatient('/x', 'a'), impatient('/x', 'b')];
      patience.get('a')?.abort(new Error('left'));
      patience.get('b')?.abort(new Error('left'));
      await Promise.allSettled(both);
      expect(flights[0]?.request.signal?.aborted).toBe(true);
      void impatient('/x', 'c');
      expect(flights).toHaveLength(2);
      expect(flights[1]?.request.signal?.aborted).toBe(false);
    });

    it('does not even set out for who has left already', async () => {
      patience.get('a')?.abort(new Error('left'));
      await expect(impatient('/x', 'a')).rejects.toThrow('left');
      expect(flights).toHaveLength(0);
    });

    it('hands the signal on to a flight that nobody may share', () => {
      void exchange(readOf('/x', { refresh: true, freshness: { name: 'a', policy: 'never' } }));
      expect(flights[0]?.request.signal).toBe(patience.get('a')?.signal);
    });

    it('carries a write out all the same', () => {
      void exchange(writeOf('/x'));
      expect(flights[0]?.request.signal).toBeUndefined();
    });
  });

  it('of a replica that is alone are joined only while they are young: what others write meanwhile is not known', async () => {
    const clock = new ManualClock();
    const alone = coalesce(
      () => 0,
      () => undefined,
      clock,
    )(async (request) => {
      const { promise, resolve, reject } = deferred<UpstreamReply>();
      flights.push({ request, land: resolve, crash: reject });
      return promise;
    });
    const ask = () => void alone(readOf('/x', { sync: { state: 'alone' } }));
    ask();
    await clock.advance(1000);
    ask();
    expect(flights).toHaveLength(1);
    await clock.advance(1);
    ask();
    ask();
    expect(flights).toHaveLength(2);
  });

  it('never merges writes', () => {
    void exchange(writeOf('/x'));
    void exchange(writeOf('/x'));
    expect(flights).toHaveLength(2);
  });
});
