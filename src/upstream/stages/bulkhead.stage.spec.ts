import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred, readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import { settle } from '../../../test/support/manual-clock.js';
import { Bulkhead } from './bulkhead.js';
import type { Exchange, UpstreamReply, UpstreamRequest } from '../../core/exchange.js';
import { bulkhead } from './bulkhead.stage.js';

describe('bulkhead stage', () => {
  let limit: Bulkhead;
  let exchange: Exchange;
  /** Paths of the calls in the order they started, and how to end each. */
  let started: string[];
  let ends: Map<string, (error?: Error) => void>;

  const build = (inFlight: number, waiting: number): void => {
    limit = new Bulkhead({ inFlight, waiting });
    exchange = bulkhead(limit)((request: UpstreamRequest) => {
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

  it('runs a limited number of calls at once, and the next when one has ended, even in an error', async () => {
    for (const path of ['/1', '/2', '/3', '/4']) void ask(path);
    await settle();
    expect(started).toEqual(['/1', '/2']);
    expect(limit.state).toEqual({ inFlight: 2, waiting: 2 });
    await end('/1');
    await end('/2', new Error('lost'));
    expect(started).toEqual(['/1', '/2', '/3', '/4']);
    await end('/3');
    await end('/4');
    expect(limit.state).toEqual({ inFlight: 0, waiting: 0 });
  });

  it('refuses a call when the queue is full, and says when to retry', async () => {
    for (const path of ['/1', '/2', '/3', '/4', '/5']) void ask(path);
    await expect(ask('/6')).rejects.toMatchObject({ code: 'upstream.busy', options: { retryAfterS: 1 } });
    expect(limit.state).toEqual({ inFlight: 2, waiting: 3 });
  });

  it('serves writes first, then interactive reads, then aggregates, then background reads', async () => {
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

  it('lets a write replace the read that would be served last', async () => {
    void ask('/1');
    void ask('/2');
    void ask('/3');
    const last = ask('/4', 'background');
    void ask('/5');
    void write('/write');
    await expect(last).rejects.toMatchObject({ code: 'upstream.busy' });
    await expect(ask('/6')).rejects.toMatchObject({ code: 'upstream.busy' });
    expect(limit.waitingIn('write')).toBe(1);
  });

  it('drops a waiting call whose signal fires, and never sends it', async () => {
    const controller = new AbortController();
    void ask('/1');
    void ask('/2');
    const aborted = ask('/3', 'interactive', controller.signal);
    controller.abort(new Error('disconnected'));
    await expect(aborted).rejects.toThrow('disconnected');
    await end('/1');
    await end('/2');
    expect(started).toEqual(['/1', '/2']);
    expect(limit.state).toEqual({ inFlight: 0, waiting: 0 });
  });

  it('runs at most two low-priority calls beside a large insert, and all others as usual', async () => {
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
  ])('rejects a limit that is not positive', (options, sentence) => {
    expect(() => new Bulkhead(options)).toThrow(sentence);
  });
});
