import { describe, expect, it } from '@jest/globals';
import { readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import type { UpstreamReply, UpstreamRequest } from '../exchange.js';
import { LogtoRefusal, UpstreamFault } from '../upstream-fault.js';
import { refusals } from './refusals.stage.js';

const errorFor = (reply: UpstreamReply, request: UpstreamRequest = readOf('/api/x?q=secret')): Promise<unknown> =>
  refusals(async () => reply)(request).then(
    () => undefined,
    (error: unknown) => error,
  );
const text = (status: number, bytes: string, contentType = 'text/plain') =>
  replyOf(undefined, { status, contentType, bytes });

describe('refusals stage', () => {
  it.each([200, 201, 204])('lets success through: %i', async (status) => {
    const reply = replyOf({}, { status });
    expect(await refusals(async () => reply)(readOf('/x'))).toBe(reply);
  });

  it.each([
    [400, 'guard.invalid_input'],
    [404, 'entity.not_exists_with_id'],
    [409, 'some.conflict'],
    [422, 'organization.require_membership'],
    [403, 'subscription.limit_exceeded'],
  ])('keeps code and message of a %i that is the caller’s affair', async (status, code) => {
    const error = await errorFor(replyOf({ code, message: 'As Logto says.' }, { status }));
    expect(error).toBeInstanceOf(LogtoRefusal);
    expect(error).toMatchObject({ status, code, message: 'As Logto says.' });
  });

  it('adds the details Logto gives to its message', async () => {
    const body = { code: 'guard.invalid_input', message: 'The body is invalid.', details: 'name is required' };
    expect(await errorFor(replyOf(body, { status: 400 }))).toMatchObject({
      message: 'The body is invalid. name is required',
    });
  });

  it('reads a 400 with a message only, as Logto sends it for malformed JSON', async () => {
    expect(await errorFor(replyOf({ message: 'Unexpected end of JSON input' }, { status: 400 }))).toMatchObject({
      name: 'LogtoRefusal',
      code: 'guard.invalid_input',
    });
  });

  it.each([
    ['401', replyOf({ code: 'auth.unauthorized', data: { payload: {} } }, { status: 401 })],
    ['403', replyOf({ code: 'auth.forbidden' }, { status: 403 })],
  ])('takes a %s for a fault of our credential', async (_status, reply) => {
    expect(await errorFor(reply)).toMatchObject({ name: 'UpstreamFault', code: 'upstream.unauthorized' });
  });

  it('takes 429 for a budget that is spent, and keeps how long to wait', async () => {
    expect(await errorFor(replyOf({}, { status: 429, retryAfterS: 7 }))).toMatchObject({
      code: 'upstream.budget',
      options: { retryAfterS: 7 },
    });
  });

  it.each([500, 502, 503, 504])('takes %i for a failure of Logto', async (status) => {
    expect(await errorFor(replyOf({ message: 'Internal server error.' }, { status }))).toMatchObject({
      code: 'upstream.error',
      options: { wrote: false },
    });
  });

  it('says of a write that failed that it may have happened', async () => {
    expect(await errorFor(text(500, 'Internal Server Error'), writeOf('/x'))).toMatchObject({
      code: 'upstream.error',
      options: { wrote: true },
    });
  });

  it.each([
    ['a 404 in plain text', text(404, 'Not Found')],
    ['a 404 as a web page', text(404, '<h1>404</h1>', 'text/html')],
    ['a 400 as a web page', text(400, '<h1>400 Bad Request</h1>', 'text/html')],
    ['a 422 without a code', replyOf({ message: 'no' }, { status: 422 })],
    ['a 405', text(405, 'Method Not Allowed')],
    ['a 404 whose body is null', replyOf(null, { status: 404 })],
    ['a 404 whose body is a list', replyOf(['x'], { status: 404 })],
  ])('does not take %s for the caller’s fault', async (_what, reply) => {
    const error = await errorFor(reply);
    expect(error).toBeInstanceOf(UpstreamFault);
    expect(error).toMatchObject({ code: 'upstream.invalid_response' });
  });

  it('keeps the query and what Logto says of our token out of the reason', async () => {
    const body = { code: 'auth.unauthorized', message: 'said', data: { payload: { sub: 'm-default' } } };
    expect(String(await errorFor(replyOf(body, { status: 401 })))).not.toMatch(/secret|m-default/);
  });
});
