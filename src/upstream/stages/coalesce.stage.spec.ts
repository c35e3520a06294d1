import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred, readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import { Epochs } from '../../cache/epochs.js';
import type { Exchange, UpstreamReply, UpstreamRequest } from '../exchange.js';
import { coalesce } from './coalesce.stage.js';

describe('coalesce stage', () => {
  let epochs: Epochs;
  let flights: { request: UpstreamRequest; land: (reply: UpstreamReply) => void; crash: (error: Error) => void }[];
  let exchange: Exchange;

  beforeEach(() => {
    epochs = new Epochs();
    flights = [];
    exchange = coalesce(epochs.of)((request) => {
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
    epochs.bump(['a']);
    const after = exchange(readOf('/x'));
    expect(flights).toHaveLength(2);
    flights[1]?.land(replyOf('new'));
    flights[0]?.land(replyOf('old'));
    expect([(await before).payload.json(), (await after).payload.json()]).toEqual(['old', 'new']);
  });

  it('lets those who ask after a write share their flight, even while the old one is in the air', async () => {
    void exchange(readOf('/x'));
    epochs.bump(['a']);
    void exchange(readOf('/x'));
    flights[0]?.land(replyOf('old'));
    await new Promise(setImmediate);
    void exchange(readOf('/x'));
    expect(flights).toHaveLength(2);
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
        epochs.of,
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

  it('never merges writes', () => {
    void exchange(writeOf('/x'));
    void exchange(writeOf('/x'));
    expect(flights).toHaveLength(2);
  });
});
