import { beforeEach, describe, expect, it } from '@jest/globals';
import { CachedStand } from '../../../test/support/cached-stand.js';
import { deferred, readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import { contextOf } from '../../../test/support/request-context.js';
import { withRequestContext } from '../../context/request-context.js';
import type { ReadRequest, UpstreamReply } from '../exchange.js';
import { NotRemembered, UpstreamFault } from '../upstream-fault.js';

const gone = () => Promise.reject(new UpstreamFault('upstream.unavailable', 'gone'));

describe('cached stage among replicas', () => {
  let stand: CachedStand;
  beforeEach(async () => {
    stand = new CachedStand();
    stand.answer = async () => replyOf('old');
    await stand.exchange(readOf('/x'));
    stand.answer = async () => replyOf('new');
  });
  const read = async (more: Partial<ReadRequest> = {}) => stand.exchange(readOf('/x', more));
  const text = async () => (await read()).payload.json();
  const records = () => stand.records.map(([, { type, tags }]) => [type, ...tags]);

  it('tells the others of a write before it is sent and when it is over', async () => {
    const before = stand.records.length;
    stand.answer = async () => {
      expect(records().slice(before)).toEqual([['begin', 'a', 'b']]);
      return replyOf({});
    };
    const { position } = await stand.exchange(writeOf('/x', { invalidates: ['a', 'b'] }));
    expect(records().slice(before)).toEqual([
      ['begin', 'a', 'b'],
      ['end', 'a', 'b'],
    ]);
    expect(position).toBe(stand.records.at(-1)?.[0]);
  });

  it('tells them also when the write failed, and calls it off when it never left', async () => {
    const before = stand.records.length;
    stand.answer = () => Promise.reject(new UpstreamFault('upstream.timeout', 'late', { wrote: true }));
    await expect(stand.exchange(writeOf('/x'))).rejects.toThrow('late');
    stand.answer = gone;
    await expect(stand.exchange(writeOf('/x'))).rejects.toThrow('gone');
    expect(records().slice(before)).toEqual([['begin', 'a'], ['end', 'a'], ['begin', 'a'], ['end']]);
  });

  it('answers from memory what nobody wrote to, also after another look', async () => {
    await stand.lookIsOver();
    expect(await text()).toBe('old');
    stand.writtenElsewhere(['b']);
    await stand.lookIsOver();
    expect(await text()).toBe('old');
  });

  it('finds out first what others wrote', async () => {
    stand.writtenElsewhere(['a']);
    await stand.lookIsOver();
    expect(await text()).toBe('new');
  });

  it('asks Logto while another replica writes, keeps nothing then, and lets the old answer stand in', async () => {
    stand.writtenElsewhere(['a'], 'begin');
    await stand.lookIsOver();
    expect((await read()).provenance).toMatchObject({ source: 'upstream', stored: false });
    stand.answer = gone;
    expect((await read()).provenance).toMatchObject({ source: 'cache', failed: 'upstream.unavailable' });
    expect(await text()).toBe('old');
  });

  it('keeps what a forced read brought although it was told to all as news', async () => {
    stand.answer = async () => {
      const told = stand.writeLog.invalidate(['a']);
      const asOf = stand.writeLog.versions.changes;
      await told;
      return replyOf('forced', { asOf });
    };
    expect((await read({ refresh: true })).provenance).toMatchObject({ forwarded: 'request', stored: true });
    await stand.lookIsOver();
    expect(await text()).toBe('forced');
  });

  describe('while it does not know what others wrote', () => {
    beforeEach(() => stand.becomeUnknown());

    it('asks Logto, and shows the stages behind which look it waited for', async () => {
      const both = await Promise.all([read(), read()]);
      await read();
      expect(both.map(({ payload }) => payload.json())).toEqual(['new', 'new']);
      const looks = stand.asked.slice(1).map((request) => (request.method === 'GET' ? request.sync : undefined));
      expect(looks).toEqual([
        { state: 'unknown', look: expect.any(Number) },
        looks[0],
        { state: 'unknown', look: expect.any(Number) },
      ]);
      expect(looks[2]).not.toEqual(looks[0]);
    });

    it('asks also if clocks went back', async () => {
      stand.now -= 5_000;
      expect(await text()).toBe('new');
    });

    it.each<[string, () => Promise<UpstreamReply>]>([
      ['has no room', () => Promise.reject(new UpstreamFault('upstream.busy', 'full'))],
      ['fails', async () => replyOf({}, { status: 503 })],
    ])('gives what was confirmed less than a second ago when Logto %s', async (_what, answer) => {
      stand.answer = answer;
      const old = await read();
      expect(old.payload.json()).toBe('old');
      expect(old.provenance).toMatchObject({ source: 'cache', failed: expect.any(String) });
    });

    it('gives nothing that was confirmed longer ago', async () => {
      await stand.clock.advance(1000);
      stand.answer = gone;
      await expect(read()).rejects.toThrow('gone');
    });

    it('gives nothing that was written to meanwhile', async () => {
      const failing = deferred<UpstreamReply>();
      stand.answer = (request) => (request.method === 'GET' ? failing.promise : Promise.resolve(replyOf({})));
      const reading = read();
      await stand.asking('GET');
      await stand.exchange(writeOf('/x'));
      failing.reject(new UpstreamFault('upstream.timeout', 'slow'));
      await expect(reading).rejects.toThrow('slow');
    });

    it('has nothing for a caller who takes only what is remembered', async () => {
      await expect(withRequestContext(contextOf({ onlyIfCached: true }), () => read())).rejects.toThrow(NotRemembered);
    });

    it('carries a write out all the same, and owes the others its tags', async () => {
      const before = stand.records.length;
      await stand.exchange(writeOf('/x'));
      expect(stand.records).toHaveLength(before);
      expect(stand.writeLog.owed).toBe(1);
    });
  });

  describe('while it is alone', () => {
    beforeEach(() => stand.becomeAlone());

    it('believes an answer for a second', async () => {
      stand.now += 999;
      expect((await read()).provenance).toMatchObject({ source: 'cache', ttlMs: 1 });
      stand.now += 1;
      expect(await text()).toBe('new');
    });

    it('asks Logto first then, and gives the old answer when it fails', async () => {
      stand.now += 1000;
      stand.answer = () => Promise.reject(new UpstreamFault('upstream.timeout', 'slow'));
      const old = await read();
      expect(old.payload.json()).toBe('old');
      expect(old.provenance).toMatchObject({ source: 'cache', forwarded: 'stale', failed: 'upstream.timeout' });
    });

    it('does not give the old answer for a failure when a write became known meanwhile', async () => {
      stand.now += 1000;
      stand.answer = async () => {
        await stand.writeLog.invalidate(['a']);
        throw new UpstreamFault('upstream.timeout', 'slow');
      };
      await expect(read()).rejects.toThrow('slow');
    });

    it('gives the old answer to a caller who takes only what is remembered', async () => {
      stand.now += 5000;
      const old = await withRequestContext(contextOf({ onlyIfCached: true }), () => read());
      expect(old.payload.json()).toBe('old');
    });
  });
});
