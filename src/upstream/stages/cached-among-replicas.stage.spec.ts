import { beforeEach, describe, expect, it } from '@jest/globals';
import { CachedStageFixture } from '../../../test/support/cached-stage-fixture.js';
import { deferred, readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import { contextOf } from '../../../test/support/request-context.js';
import { withRequestContext } from '../../core/request-context.js';
import type { ReadRequest, UpstreamReply } from '../../core/exchange.js';
import { NotCached, UpstreamFault } from '../../core/faults.js';

const failing = () => Promise.reject(new UpstreamFault('upstream.unavailable', 'down'));

describe('cached stage among replicas', () => {
  let fixture: CachedStageFixture;
  beforeEach(async () => {
    fixture = new CachedStageFixture();
    fixture.answer = async () => replyOf('old');
    await fixture.exchange(readOf('/x'));
    fixture.answer = async () => replyOf('new');
  });
  const read = async (more: Partial<ReadRequest> = {}) => fixture.exchange(readOf('/x', more));
  const text = async () => (await read()).payload.json();
  const records = () => fixture.records.map(([, { type, tags }]) => [type, ...tags]);

  it('announces a write to the other replicas before it is sent and when it has ended', async () => {
    const before = fixture.records.length;
    fixture.answer = async () => {
      expect(records().slice(before)).toEqual([['begin', 'a', 'b']]);
      return replyOf({});
    };
    const { position } = await fixture.exchange(writeOf('/x', { invalidates: ['a', 'b'] }));
    expect(records().slice(before)).toEqual([
      ['begin', 'a', 'b'],
      ['end', 'a', 'b'],
    ]);
    expect(position).toBe(fixture.records.at(-1)?.[0]);
  });

  it('announces the end of a write that failed, and cancels one that was never sent', async () => {
    const before = fixture.records.length;
    fixture.answer = () => Promise.reject(new UpstreamFault('upstream.timeout', 'late', { wrote: true }));
    await expect(fixture.exchange(writeOf('/x'))).rejects.toThrow('late');
    fixture.answer = failing;
    await expect(fixture.exchange(writeOf('/x'))).rejects.toThrow('down');
    expect(records().slice(before)).toEqual([['begin', 'a'], ['end', 'a'], ['begin', 'a'], ['end']]);
  });

  it('answers from memory what nobody wrote, also after another poll', async () => {
    await fixture.expirePoll();
    expect(await text()).toBe('old');
    fixture.writtenElsewhere(['b']);
    await fixture.expirePoll();
    expect(await text()).toBe('old');
  });

  it('learns what other replicas wrote before it answers', async () => {
    fixture.writtenElsewhere(['a']);
    await fixture.expirePoll();
    expect(await text()).toBe('new');
  });

  it('asks Logto while another replica writes, caches nothing then, and serves the old reply when Logto fails', async () => {
    fixture.writtenElsewhere(['a'], 'begin');
    await fixture.expirePoll();
    expect((await read()).provenance).toMatchObject({ source: 'upstream', stored: false });
    fixture.answer = failing;
    expect((await read()).provenance).toMatchObject({ source: 'cache', failed: 'upstream.unavailable' });
    expect(await text()).toBe('old');
  });

  it('caches the reply to a forced read although the change was announced to all', async () => {
    fixture.answer = async () => {
      const invalidating = fixture.writeLog.invalidate(['a']);
      const asOf = fixture.writeLog.versions.changes;
      await invalidating;
      return replyOf('forced', { asOf });
    };
    expect((await read({ refresh: true })).provenance).toMatchObject({ forwarded: 'request', stored: true });
    await fixture.expirePoll();
    expect(await text()).toBe('forced');
  });

  describe('while the writes of other replicas are unknown', () => {
    beforeEach(() => fixture.becomeUnknown());

    it('asks Logto, and passes on which poll the read waited for', async () => {
      const both = await Promise.all([read(), read()]);
      await read();
      expect(both.map(({ payload }) => payload.json())).toEqual(['new', 'new']);
      const syncs = fixture.asked.slice(1).map((request) => (request.method === 'GET' ? request.sync : undefined));
      expect(syncs).toEqual([
        { state: 'unknown', poll: expect.any(Number) },
        syncs[0],
        { state: 'unknown', poll: expect.any(Number) },
      ]);
      expect(syncs[2]).not.toEqual(syncs[0]);
    });

    it('asks Logto even if the wall clock was set back', async () => {
      fixture.now -= 5_000;
      expect(await text()).toBe('new');
    });

    it.each<[string, () => Promise<UpstreamReply>]>([
      ['has a full queue', () => Promise.reject(new UpstreamFault('upstream.busy', 'full'))],
      ['fails', async () => replyOf({}, { status: 503 })],
    ])('serves a reply that was valid less than a second ago when Logto %s', async (_what, answer) => {
      fixture.answer = answer;
      const old = await read();
      expect(old.payload.json()).toBe('old');
      expect(old.provenance).toMatchObject({ source: 'cache', failed: expect.any(String) });
    });

    it('serves nothing when the last sync is longer ago', async () => {
      await fixture.clock.advance(1000);
      fixture.answer = failing;
      await expect(read()).rejects.toThrow('down');
    });

    it('serves nothing that was written meanwhile', async () => {
      const failing = deferred<UpstreamReply>();
      fixture.answer = (request) => (request.method === 'GET' ? failing.promise : Promise.resolve(replyOf({})));
      const reading = read();
      await fixture.asking('GET');
      await fixture.exchange(writeOf('/x'));
      failing.reject(new UpstreamFault('upstream.timeout', 'slow'));
      await expect(reading).rejects.toThrow('slow');
    });

    it('throws NotCached for a caller who sends only-if-cached', async () => {
      await expect(withRequestContext(contextOf({ onlyIfCached: true }), () => read())).rejects.toThrow(NotCached);
    });

    it('still sends a write, and keeps its record pending', async () => {
      const before = fixture.records.length;
      await fixture.exchange(writeOf('/x'));
      expect(fixture.records).toHaveLength(before);
      expect(fixture.writeLog.pending).toBe(1);
    });
  });

  describe('while it is alone', () => {
    beforeEach(() => fixture.becomeAlone());

    it('serves a reply for a second', async () => {
      fixture.now += 999;
      expect((await read()).provenance).toMatchObject({ source: 'cache', ttlMs: 1 });
      fixture.now += 1;
      expect(await text()).toBe('new');
    });

    it('asks Logto first after that, and serves the old reply when it fails', async () => {
      fixture.now += 1000;
      fixture.answer = () => Promise.reject(new UpstreamFault('upstream.timeout', 'slow'));
      const old = await read();
      expect(old.payload.json()).toBe('old');
      expect(old.provenance).toMatchObject({ source: 'cache', forwarded: 'stale', failed: 'upstream.timeout' });
    });

    it('does not serve the old reply when a write became known meanwhile', async () => {
      fixture.now += 1000;
      fixture.answer = async () => {
        await fixture.writeLog.invalidate(['a']);
        throw new UpstreamFault('upstream.timeout', 'slow');
      };
      await expect(read()).rejects.toThrow('slow');
    });

    it('serves the old reply to a caller who sends only-if-cached', async () => {
      fixture.now += 5000;
      const old = await withRequestContext(contextOf({ onlyIfCached: true }), () => read());
      expect(old.payload.json()).toBe('old');
    });
  });
});
