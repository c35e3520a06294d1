import { beforeEach, describe, expect, it } from '@jest/globals';
import { readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import { FROM_UPSTREAM, type UpstreamReply, type UpstreamRequest } from '../exchange.js';
import { revalidate } from './revalidate.stage.js';

describe('revalidate stage', () => {
  let asked: UpstreamRequest[];
  let answers: UpstreamReply[];
  const reply = replyOf({ id: 1 }, { etag: '"1"', total: 7 });
  const known = { reply, counts: true };
  const exchange = revalidate(async (request) => {
    asked.push(request);
    return answers.shift() ?? replyOf('none left');
  });
  const conditions = () => asked.map(({ headers }) => headers?.['if-none-match']);
  beforeEach(() => {
    asked = [];
  });

  it('asks plainly when nothing is known', async () => {
    answers = [replyOf('new')];
    expect((await exchange(readOf('/x'))).payload.json()).toBe('new');
    expect(conditions()).toEqual([undefined]);
  });

  it('gives the very bytes that were known when Logto says that they still are right', async () => {
    answers = [replyOf(undefined, { status: 304, bytes: '', total: 8 })];
    const same = await exchange(readOf('/x', { known }));
    expect(conditions()).toEqual(['"1"']);
    expect(same).toMatchObject({ status: 200, contentType: 'application/json', total: 8, provenance: FROM_UPSTREAM });
    expect(same.payload).toBe(reply.payload);
  });

  it('asks about what a write has made untrue as well: it may have been undone', async () => {
    answers = [replyOf(undefined, { status: 304, bytes: '', total: 7 })];
    const same = await exchange(readOf('/x', { known: { reply, counts: false } }));
    expect(same.payload).toBe(reply.payload);
  });

  it('gives what is new when they are not', async () => {
    answers = [replyOf('new', { etag: '"2"' })];
    expect(await exchange(readOf('/x', { known }))).toMatchObject({ etag: '"2"' });
  });

  it('asks again plainly when 304 does not say how long the list is now', async () => {
    answers = [replyOf(undefined, { status: 304, bytes: '' }), replyOf('new', { total: 9 })];
    expect((await exchange(readOf('/x', { known }))).payload.json()).toBe('new');
    expect(conditions()).toEqual(['"1"', undefined]);
  });

  it('has no condition to make of what has no validator, or was missing', async () => {
    answers = [replyOf('new'), replyOf('new')];
    for (const old of [replyOf('old'), replyOf({}, { status: 404, etag: '"1"' })])
      await exchange(readOf('/x', { known: { reply: old, counts: true } }));
    expect(conditions()).toEqual([undefined, undefined]);
    expect(asked.every((request) => !('known' in request))).toBe(true);
  });

  it('lets writes pass', async () => {
    answers = [replyOf({})];
    await exchange(writeOf('/x'));
    expect(conditions()).toEqual([undefined]);
  });
});
