import { describe, expect, it } from '@jest/globals';
import { readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import type { UpstreamReply, UpstreamRequest } from '../exchange.js';
import { believable } from './believable.stage.js';

const page = '<!doctype html><title>Sign in</title>';
const through = (reply: UpstreamReply, request: UpstreamRequest = readOf('/api/organizations?q=a%40b.example')) =>
  believable(async () => reply)(request);
const disbelieved = (reason: RegExp | string) =>
  expect.objectContaining({
    code: 'upstream.invalid_response',
    message: expect.stringMatching(reason),
  }) as unknown;

describe('believable stage', () => {
  it.each([200, 404, 422])('lets JSON through, whatever the status says: %i', async (status) => {
    const reply = replyOf({ id: 1 }, { status, contentType: 'application/json; charset=utf-8' });
    expect(await through(reply)).toBe(reply);
  });

  it('lets an empty 204 through', async () => {
    const reply = replyOf(undefined, { status: 204, contentType: '', bytes: '' });
    expect(await through(reply, writeOf('/x'))).toBe(reply);
  });

  it('lets the text "Created" of a write through', async () => {
    const reply = replyOf(undefined, { status: 201, contentType: 'text/plain; charset=utf-8', bytes: 'Created' });
    expect(await through(reply, writeOf('/x'))).toBe(reply);
  });

  it.each([readOf('/x'), writeOf('/x')])('does not take a web page for an answer ($method)', async (request) => {
    const reply = replyOf(undefined, { contentType: 'text/html; charset=utf-8', bytes: page });
    await expect(through(reply, request)).rejects.toEqual(disbelieved(/LOGTO_ENDPOINT/));
  });

  it.each(['text/plain', 'application/octet-stream', ''])('does not take %p for the answer to a read', async (type) => {
    await expect(through(replyOf({ id: 1 }, { contentType: type }))).rejects.toEqual(
      disbelieved(type || 'no content type'),
    );
  });

  it.each([200, 404])('does not believe garbled JSON with status %i', async (status) => {
    const reply = replyOf(undefined, { status, bytes: '{"id":' });
    await expect(through(reply)).rejects.toEqual(disbelieved(String(status)));
  });

  it.each([500, 502, 503])('believes a failure (%i) in any shape', async (status) => {
    const reply = replyOf(undefined, { status, bytes: '{"id":' });
    await expect(through(reply)).resolves.toBe(reply);
  });

  it('says of a write with an unreadable answer that it may have happened', async () => {
    const reply = replyOf(undefined, { status: 200, bytes: '{"id":' });
    await expect(through(reply, writeOf('/x'))).rejects.toMatchObject({ options: { wrote: true } });
  });

  it.each([301, 302, 307, 308])('does not take a redirect (%i) for a write that was done', async (status) => {
    const reply = replyOf(undefined, { status, contentType: '', bytes: '' });
    await expect(through(reply, writeOf('/x', { method: 'PUT' }))).rejects.toEqual(disbelieved(/./));
  });

  it('lets "not modified" through to who said what it has, and to nobody else', async () => {
    const reply = replyOf(undefined, { status: 304, contentType: '', bytes: '' });
    const asking = { ...readOf('/x'), headers: { 'if-none-match': '"abc"' } };
    expect(await through(reply, asking)).toBe(reply);
    await expect(through(reply)).rejects.toEqual(disbelieved('redirect'));
  });

  it.each([200, 404])('does not unpack what nobody asked to be packed (%i)', async (status) => {
    await expect(through(replyOf({}, { status, encoding: 'gzip' }))).rejects.toEqual(disbelieved('gzip'));
  });

  it('does not believe a success without the fields we rely on, and says which', async () => {
    const request = readOf('/x', { shape: [{ id: 'string' }] });
    await expect(through(replyOf([{ id: 'a' }, { name: 'b' }]), request)).rejects.toEqual(
      disbelieved('/1/id is no string'),
    );
    const reply = replyOf([{ id: 'a', more: 1 }]);
    expect(await through(reply, request)).toBe(reply);
  });

  it('looks at the fields of a success only', async () => {
    const refusal = replyOf({ code: 'entity.not_found' }, { status: 404 });
    expect(await through(refusal, readOf('/x', { shape: { id: 'string' } }))).toBe(refusal);
  });

  it('keeps the query, which may hold an address, out of the reason', async () => {
    const error = await through(replyOf(undefined, { contentType: 'text/html', bytes: page })).catch(String);
    expect(error).toContain('/api/organizations');
    expect(error).not.toContain('a%40b');
  });
});
