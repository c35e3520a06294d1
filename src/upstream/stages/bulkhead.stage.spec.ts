import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred, readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import { settle } from '../../../test/support/manual-clock.js';
import { Bulkhead } from '../bulkhead.js';
import type { Exchange, UpstreamReply, UpstreamRequest } from '../exchange.js';
import { bulkhead } from './bulkhead.stage.js';

describe('bulkhead stage', () => {
  let room: Bulkhead;
  let exchange: Exchange;
  /** Paths under way, in the order they set out, and how to end each. */
  let started: string[];
  let ends: Map<string, (error?: Error) => void>;

  const build = (inFlight: number, waiting: number): void => {
    room = new Bulkhead({ inFlight, waiting });
    exchange = bulkhead(room)((request: UpstreamRequest) => {
      const { promise, resolve, reject } = deferred<UpstreamReply>();
      started.push(request.path);
      ends.set(request.path, (error) => (error ? reject(error) : resolve(replyOf(request.path))));
      return promise;
    });
  };
  beforeEach(() => {
    started = [];
    ends = new Map();
    build(2, 3);
  });
  const ask = (
    path: string,
    lane: 'interactive' | 'aggregate' | 'background' = 'interactive',
    signal?: AbortSignal,
  ) => {
    const outcome = exchange({ ...readOf(path, { lane }), ...(signal && { signal }) });
    outcome.catch(() => undefined);
    return outcome;
  };
  const write = (path: string, rows = 1) => {
    const outcome = exchange(writeOf(path, { rows }));
    outcome.catch(() => undefined);
    return outcome;
  };
  const end = async (path: string, error?: Error): Promise<void> => {
    ends.get(path)?.(error);
    await settle();
  };

  it('lets so many through at once, and the next when one has ended, however it ended', async () => {
    for (const path of ['/1', '/2', '/3', '/4']) void ask(path);
    await settle();
    expect(started).toEqual(['/1', '/2']);
    expect(room.state).toEqual({ inFlight: 2, waiting: 2 });
    await end('/1');
    await end('/2', new Error('lost'));
    expect(started).toEqual(['/1', '/2', '/3', '/4']);
    await end('/3');
    await end('/4');
    expect(room.state).toEqual({ inFlight: 0, waiting: 0 });
  });

  it('turns away who finds too many waiting, and says when to come back', async () => {
    for (const path of ['/1', '/2', '/3', '/4', '/5']) void ask(path);
    await expect(ask('/6')).rejects.toMatchObject({ code: 'upstream.busy', options: { retryAfterS: 1 } });
    expect(room.state).toEqual({ inFlight: 2, waiting: 3 });
  });

  it('serves writes first, then those who wait for an answer, then aggregates, then the background', async () => {
    build(1, 10);
    void ask('/now');
    void ask('/background', 'background');
    void ask('/aggregate', 'aggregate');
    void ask('/first');
    void ask('/second');
    void write('/write');
    for (const path of ['/now', '/write', '/first', '/second', '/aggregate', '/background']) {
      await end(path);
    }
    expect(started).toEqual(['/now', '/write', '/first', '/second', '/aggregate', '/background']);
  });

  it('gives a write the place of the read that would be served last', async () => {
    void ask('/1');
    void ask('/2');
    void ask('/3');
    const last = ask('/4', 'background');
    void ask('/5');
    void write('/write');
    await expect(last).rejects.toMatchObject({ code: 'upstream.busy' });
    await expect(ask('/6')).rejects.toMatchObject({ code: 'upstream.busy' });
    expect(room.waitingIn('write')).toBe(1);
  });

  it('forgets who leaves while waiting, and never sends what it wanted', async () => {
    const leaving = new AbortController();
    void ask('/1');
    void ask('/2');
    const left = ask('/3', 'interactive', leaving.signal);
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    await end('/1');
    await end('/2');
    expect(started).toEqual(['/1', '/2']);
    expect(room.state).toEqual({ inFlight: 0, waiting: 0 });
  });

  it('lets two calls of aggregates through beside a large insert, and all others as ever', async () => {
    build(10, 10);
    void write('/large', 101);
    for (const path of ['/a1', '/a2', '/a3']) void ask(path, 'aggregate');
    void ask('/b1', 'background');
    void ask('/read');
    void write('/small', 100);
    await settle();
    expect(started).toEqual(['/large', '/a1', '/a2', '/read', '/small']);
    await end('/a1');
    expect(started.at(-1)).toBe('/a3');
    await end('/large');
    expect(started.at(-1)).toBe('/b1');
  });

  it.each([
    [{ inFlight: 0, waiting: 1 }, 'bulkhead stage: inFlight must be a positive number, got 0'],
    [{ inFlight: 1, waiting: Number.NaN }, 'waiting must be a positive number, got NaN'],
  ])('is not built without room', (options, sentence) => {
    expect(() => new Bulkhead(options)).toThrow(sentence);
  });
});
