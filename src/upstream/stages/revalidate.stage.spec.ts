import { beforeEach, describe, expect, it } from '@jest/globals';
import { readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import { FROM_UPSTREAM, type UpstreamReply, type UpstreamRequest } from '../../core/exchange.js';
import { revalidate } from './revalidate.stage.js';

describe('revalidate stage', () => {
  let asked: UpstreamRequest[];
  let answers: UpstreamReply[];
  const reply = replyOf({ id: 1 }, { etag: '"1"', total: 7 });
  const known = { reply, isValid: true };
  const exchange = revalidate(async (request) => {
    asked.push(request);
    return answers.shift() ?? replyOf('none left');
  });
  const conditions = () => asked.map(({ headers }) => headers?.['if-none-match']);
  beforeEach(() => {
    asked = [];
  });

  it('sends a plain read when there is no previous reply', async () => {
    answers = [replyOf('new')];
    expect((await exchange(readOf('/x'))).payload.json()).toBe('new');
    expect(conditions()).toEqual([undefined]);
  });

  it('reuses the previous payload when Logto answers 304', async () => {
    answers = [replyOf(undefined, { status: 304, bytes: '', total: 8 })];
    const same = await exchange(readOf('/x', { previous: known }));
    expect(conditions()).toEqual(['"1"']);
    expect(same).toMatchObject({ status: 200, contentType: 'application/json', total: 8, provenance: FROM_UPSTREAM });
    expect(same.payload).toBe(reply.payload);
  });

  it('revalidates even what a write has invalidated, because the write may have been undone', async () => {
    answers = [replyOf(undefined, { status: 304, bytes: '', total: 7 })];
    const same = await exchange(readOf('/x', { previous: { reply, isValid: false } }));
    expect(same.payload).toBe(reply.payload);
  });

  it('returns the new reply when Logto sends one', async () => {
    answers = [replyOf('new', { etag: '"2"' })];
    expect(await exchange(readOf('/x', { previous: known }))).toMatchObject({ etag: '"2"' });
  });

  it('sends a plain read when a 304 lacks the total of a list', async () => {
    answers = [replyOf(undefined, { status: 304, bytes: '' }), replyOf('new', { total: 9 })];
    expect((await exchange(readOf('/x', { previous: known }))).payload.json()).toBe('new');
    expect(conditions()).toEqual(['"1"', undefined]);
  });

  it('sends a plain read when the previous reply has no ETag or was a 404', async () => {
    answers = [replyOf('new'), replyOf('new')];
    for (const old of [replyOf('old'), replyOf({}, { status: 404, etag: '"1"' })])
      await exchange(readOf('/x', { previous: { reply: old, isValid: true } }));
    expect(conditions()).toEqual([undefined, undefined]);
    expect(asked.every((request) => !('previous' in request))).toBe(true);
  });

  it('passes on writes', async () => {
    answers = [replyOf({})];
    await exchange(writeOf('/x'));
    expect(conditions()).toEqual([undefined]);
  });
});
