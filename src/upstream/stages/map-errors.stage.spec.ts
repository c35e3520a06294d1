import { describe, expect, it } from '@jest/globals';
import { readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import type { UpstreamReply, UpstreamRequest } from '../../core/exchange.js';
import { LogtoRefusal, UpstreamFault } from '../../core/faults.js';
import { mapErrors } from './map-errors.stage.js';

const errorFor = (reply: UpstreamReply, request: UpstreamRequest = readOf('/api/x?q=secret')): Promise<unknown> =>
  mapErrors(async () => reply)(request).then(
    () => undefined,
    (error: unknown) => error,
  );
const text = (status: number, bytes: string, contentType = 'text/plain') =>
  replyOf(undefined, { status, contentType, bytes });

describe('map errors stage', () => {
  it.each([200, 201, 204])('passes on success: %i', async (status) => {
    const reply = replyOf({}, { status });
    expect(await mapErrors(async () => reply)(readOf('/x'))).toBe(reply);
  });

  it.each([
    [400, 'guard.invalid_input'],
    [404, 'entity.not_exists_with_id'],
    [409, 'some.conflict'],
    [422, 'organization.require_membership'],
    [403, 'subscription.limit_exceeded'],
  ])('keeps code and message of a %i that the caller caused', async (status, code) => {
    const error = await errorFor(replyOf({ code, message: 'As Logto says.' }, { status }));
    expect(error).toBeInstanceOf(LogtoRefusal);
    expect(error).toMatchObject({ status, code, message: 'As Logto says.' });
  });

  it('appends Logto’s details to its message', async () => {
    const body = { code: 'guard.invalid_input', message: 'The body is invalid.', details: 'name is required' };
    expect(await errorFor(replyOf(body, { status: 400 }))).toMatchObject({
      message: 'The body is invalid. name is required',
    });
  });

  it('accepts a 400 without a code, as Logto sends it for malformed JSON', async () => {
    expect(await errorFor(replyOf({ message: 'Unexpected end of JSON input' }, { status: 400 }))).toMatchObject({
      name: 'LogtoRefusal',
      code: 'guard.invalid_input',
    });
  });

  it.each([
    ['401', replyOf({ code: 'auth.unauthorized', data: { payload: {} } }, { status: 401 })],
    ['403', replyOf({ code: 'auth.forbidden' }, { status: 403 })],
  ])('maps a %s to a fault of our credentials', async (_status, reply) => {
    expect(await errorFor(reply)).toMatchObject({ name: 'UpstreamFault', code: 'upstream.unauthorized' });
  });

  it('maps 429 to a spent budget, and keeps Retry-After', async () => {
    expect(await errorFor(replyOf({}, { status: 429, retryAfterS: 7 }))).toMatchObject({
      code: 'upstream.budget',
      options: { retryAfterS: 7 },
    });
  });

  it.each([500, 502, 503, 504])('maps %i to a failure of Logto', async (status) => {
    expect(await errorFor(replyOf({ message: 'Internal server error.' }, { status }))).toMatchObject({
      code: 'upstream.error',
      options: { wrote: false },
    });
  });

  it('reports that a failed write may have taken effect', async () => {
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
  ])('does not blame the caller for %s', async (_what, reply) => {
    const error = await errorFor(reply);
    expect(error).toBeInstanceOf(UpstreamFault);
    expect(error).toMatchObject({ code: 'upstream.invalid_response' });
  });

  it('keeps the query, and what Logto says about our token, out of the message', async () => {
    const body = { code: 'auth.unauthorized', message: 'said', data: { payload: { sub: 'm-default' } } };
    expect(String(await errorFor(replyOf(body, { status: 401 })))).not.toMatch(/secret|m-default/);
  });
});
