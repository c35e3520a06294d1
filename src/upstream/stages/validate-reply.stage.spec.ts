import { describe, expect, it } from '@jest/globals';
import { readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import type { UpstreamReply, UpstreamRequest } from '../../core/exchange.js';
import { validateReply } from './validate-reply.stage.js';

const page = '<!doctype html><title>Sign in</title>';
const validate = (reply: UpstreamReply, request: UpstreamRequest = readOf('/api/organizations?q=a%40b.example')) =>
  validateReply(async () => reply)(request);
const rejected = (reason: RegExp | string) =>
  expect.objectContaining({
    code: 'upstream.invalid_response',
    message: expect.stringMatching(reason),
  }) as unknown;

describe('validate reply stage', () => {
  it.each([200, 404, 422])('accepts JSON with any status: %i', async (status) => {
    const reply = replyOf({ id: 1 }, { status, contentType: 'application/json; charset=utf-8' });
    expect(await validate(reply)).toBe(reply);
  });

  it('accepts an empty 204', async () => {
    const reply = replyOf(undefined, { status: 204, contentType: '', bytes: '' });
    expect(await validate(reply, writeOf('/x'))).toBe(reply);
  });

  it('accepts the text "Created" as the reply to a write', async () => {
    const reply = replyOf(undefined, { status: 201, contentType: 'text/plain; charset=utf-8', bytes: 'Created' });
    expect(await validate(reply, writeOf('/x'))).toBe(reply);
  });

  it.each([readOf('/x'), writeOf('/x')])('rejects a web page ($method)', async (request) => {
    const reply = replyOf(undefined, { contentType: 'text/html; charset=utf-8', bytes: page });
    await expect(validate(reply, request)).rejects.toEqual(rejected(/LOGTO_ENDPOINT/));
  });

  it.each(['text/plain', 'application/octet-stream', ''])('rejects %p as the reply to a read', async (type) => {
    await expect(validate(replyOf({ id: 1 }, { contentType: type }))).rejects.toEqual(
      rejected(type || 'no content type'),
    );
  });

  it.each([200, 404])('rejects malformed JSON with status %i', async (status) => {
    const reply = replyOf(undefined, { status, bytes: '{"id":' });
    await expect(validate(reply)).rejects.toEqual(rejected(String(status)));
  });

  it.each([500, 502, 503])('accepts a failure (%i) with any body', async (status) => {
    const reply = replyOf(undefined, { status, bytes: '{"id":' });
    await expect(validate(reply)).resolves.toBe(reply);
  });

  it('reports that a write with an invalid reply may have taken effect', async () => {
    const reply = replyOf(undefined, { status: 200, bytes: '{"id":' });
    await expect(validate(reply, writeOf('/x'))).rejects.toMatchObject({ options: { wrote: true } });
  });

  it.each([301, 302, 307, 308])('rejects a redirect (%i) as the reply to a write', async (status) => {
    const reply = replyOf(undefined, { status, contentType: '', bytes: '' });
    await expect(validate(reply, writeOf('/x', { method: 'PUT' }))).rejects.toEqual(rejected(/./));
  });

  it('accepts 304 as the reply to a conditional read only', async () => {
    const reply = replyOf(undefined, { status: 304, contentType: '', bytes: '' });
    const conditional = { ...readOf('/x'), headers: { 'if-none-match': '"abc"' } };
    expect(await validate(reply, conditional)).toBe(reply);
    await expect(validate(reply)).rejects.toEqual(rejected('redirect'));
  });

  it.each([200, 404])('rejects a compressed body (%i)', async (status) => {
    await expect(validate(replyOf({}, { status, encoding: 'gzip' }))).rejects.toEqual(rejected('gzip'));
  });

  it('rejects a success without the fields we rely on, and names the first one', async () => {
    const request = readOf('/x', { shape: [{ id: 'string' }] });
    await expect(validate(replyOf([{ id: 'a' }, { name: 'b' }]), request)).rejects.toEqual(
      rejected('/1/id is not a string'),
    );
    const reply = replyOf([{ id: 'a', more: 1 }]);
    expect(await validate(reply, request)).toBe(reply);
  });

  it('checks the fields of a success only', async () => {
    const refusal = replyOf({ code: 'entity.not_found' }, { status: 404 });
    expect(await validate(refusal, readOf('/x', { shape: { id: 'string' } }))).toBe(refusal);
  });

  it('keeps the query, which may contain an e-mail address, out of the message', async () => {
    const error = await validate(replyOf(undefined, { contentType: 'text/html', bytes: page })).catch(String);
    expect(error).toContain('/api/organizations');
    expect(error).not.toContain('a%40b');
  });
});
