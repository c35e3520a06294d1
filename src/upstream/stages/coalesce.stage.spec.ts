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

  it('never merges writes', () => {
    void exchange(writeOf('/x'));
    void exchange(writeOf('/x'));
    expect(flights).toHaveLength(2);
  });
});
