import { describe, expect, it } from '@jest/globals';
import { readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import { contextOf } from '../../../test/support/request-context.js';
import { withRequestContext } from '../../core/request-context.js';
import type { Exchange, UpstreamRequest } from '../../core/exchange.js';
import { observe } from './observe.stage.js';
import type { Observer } from '../../observability/observer.js';

async function observed(next: Exchange, request: UpstreamRequest) {
  const calls: Parameters<Observer>[0][] = [];
  const context = contextOf();
  await withRequestContext(context, () => observe((call) => calls.push(call))(next)(request)).catch(() => undefined);
  return { calls, notes: context.upstream };
}

describe('observe stage', () => {
  it('names a read after its policy', async () => {
    const { calls, notes } = await observed(async () => replyOf({}, { status: 404 }), readOf('/api/organizations/id'));
    expect(calls).toMatchObject([{ name: 'test', source: 'upstream', outcome: 404 }]);
    expect(notes).toMatchObject([{ name: 'test', source: 'upstream' }]);
    expect(calls[0]?.durationMs).toBeGreaterThanOrEqual(0);
  });

  it('names a write after its method', async () => {
    const { calls } = await observed(async () => replyOf({}), writeOf('/x', { method: 'DELETE' }));
    expect(calls).toMatchObject([{ name: 'delete', outcome: 200 }]);
  });

  it('distinguishes cached replies from Logto’s', async () => {
    const provenance = { source: 'cache', ageMs: 1, ttlMs: 1, stored: false, collapsed: false } as const;
    const { calls, notes } = await observed(async () => replyOf({}, { provenance }), readOf('/x'));
    expect([calls[0]?.source, notes[0]?.source]).toEqual(['cache', 'cache']);
  });

  it('records a failure and passes it on', async () => {
    const error = new Error('lost');
    const { calls, notes } = await observed(() => Promise.reject(error), readOf('/x'));
    expect(calls).toMatchObject([{ outcome: 'error', source: 'upstream' }]);
    expect(notes).toHaveLength(1);
    await expect(observe(() => undefined)(() => Promise.reject(error))(readOf('/x'))).rejects.toBe(error);
  });

  it('works outside a request', async () => {
    const calls: unknown[] = [];
    await observe((call) => calls.push(call))(async () => replyOf({}))(readOf('/x'));
    expect(calls).toHaveLength(1);
  });
});
