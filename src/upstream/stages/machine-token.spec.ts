import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred, replyOf, until } from '../../../test/support/far-end.js';
import type { UpstreamReply, UpstreamRequest } from '../../core/exchange.js';
import { MachineToken } from './machine-token.js';
import { UpstreamFault } from '../../core/faults.js';

const HOUR_S = 3600;
const START = 1_700_000_000_000;

describe('machine token', () => {
  let now: number;
  let requests: UpstreamRequest[];
  let issued: number;
  let answer: () => Promise<UpstreamReply>;
  let failures: unknown[];
  let token: MachineToken;

  const grant = async () => replyOf({ access_token: `token-${++issued}`, expires_in: HOUR_S, scope: 'all' });
  beforeEach(() => {
    now = START;
    requests = [];
    issued = 0;
    answer = grant;
    failures = [];
    token = new MachineToken({
      clientId: 'my client',
      clientSecret: 's:cr€t',
      resource: 'https://default.logto.app/api',
      now: () => now,
      send: (request) => {
        requests.push(request);
        return answer();
      },
      onBackgroundFailure: (error) => failures.push(error),
    });
  });

  it('requests the scope "all" of the Management API as RFC 6749 specifies', async () => {
    await token.get();
    expect(requests).toMatchObject([{ method: 'POST', path: '/oidc/token' }]);
    const [{ body, headers } = {}] = requests as { body?: URLSearchParams; headers?: Record<string, string> }[];
    expect(Object.fromEntries(body ?? [])).toEqual({
      grant_type: 'client_credentials',
      resource: 'https://default.logto.app/api',
      scope: 'all',
    });
    // Both parts are form-encoded before they are joined, so that a colon in the secret is not a separator.
    const basic = Buffer.from(headers?.['authorization']?.split(' ')[1] ?? '', 'base64').toString();
    expect(basic).toBe('my%20client:s%3Acr%E2%82%ACt');
  });

  it('is requested once for concurrent callers', async () => {
    const slow = deferred<UpstreamReply>();
    answer = () => slow.promise;
    const waiting = Array.from({ length: 100 }, () => token.get());
    slow.resolve(await grant());
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['token-1']));
    expect(requests).toHaveLength(1);
  });

  it('is cached for nine tenths of its lifetime', async () => {
    await token.get();
    now = START + HOUR_S * 900 - 1;
    expect(await token.get()).toBe('token-1');
    expect(requests).toHaveLength(1);
  });

  it('is renewed in the background while it still works', async () => {
    await token.get();
    now = START + HOUR_S * 900;
    const slow = deferred<UpstreamReply>();
    answer = () => slow.promise;
    expect(await Promise.all([token.get(), token.get(), token.get()])).toEqual(Array(3).fill('token-1'));
    expect(requests).toHaveLength(2);
    slow.resolve(await grant());
    await until('the new token', async () => (await token.get()) === 'token-2');
    expect(requests).toHaveLength(2);
  });

  it('is still used when the renewal in the background fails, and the failure is reported', async () => {
    await token.get();
    now = START + HOUR_S * 950;
    answer = () => Promise.reject(new Error('unreachable'));
    expect(await token.get()).toBe('token-1');
    await until('the failure', () => failures.length === 1);
    expect(String(failures[0])).toContain('unreachable');
    answer = grant;
    await token.get();
    await until('the new token', async () => (await token.get()) === 'token-2');
  });

  it('is never used once it has expired', async () => {
    await token.get();
    now = START + HOUR_S * 1000;
    expect(await token.get()).toBe('token-2');
    now += HOUR_S * 1000;
    answer = () => Promise.reject(new Error('unreachable'));
    await expect(token.get()).rejects.toThrow('unreachable');
  });

  it('counts its lifetime from the request, not from the response', async () => {
    answer = async () => {
      now += 60_000;
      return grant();
    };
    await token.get();
    answer = grant;
    now = START + HOUR_S * 1000;
    expect(await token.get()).toBe('token-2');
  });

  it('has a lifetime of an hour when Logto sends no expires_in', async () => {
    answer = async () => replyOf({ access_token: 'token', scope: 'all' });
    await token.get();
    now = START + HOUR_S * 900 - 1;
    await token.get();
    expect(requests).toHaveLength(1);
  });

  it('requests a token again after a failure, which is not cached', async () => {
    answer = () => Promise.reject(new Error('unreachable'));
    await expect(token.get()).rejects.toThrow('unreachable');
    answer = grant;
    expect(await token.get()).toBe('token-1');
  });

  it('is replaced once for all callers it was rejected for', async () => {
    await token.get();
    expect(await Promise.all([token.replace('token-1'), token.replace('token-1')])).toEqual(['token-2', 'token-2']);
    expect(await token.replace('token-1')).toBe('token-2');
    expect(requests).toHaveLength(2);
  });

  it.each([
    [
      'a wrong secret',
      401,
      { error: 'invalid_client', error_description: 'client authentication failed' },
      /client authentication failed.*LOGTO_CLIENT_SECRET/,
    ],
    [
      'an unknown client',
      400,
      { error: 'invalid_client', error_description: 'invalid client my client' },
      /invalid client/,
    ],
    [
      'an unknown resource',
      400,
      { code: 'oidc.invalid_target', message: 'Invalid resource indicator.' },
      /Invalid resource indicator.*LOGTO_RESOURCE/,
    ],
    [
      'a token without the scope',
      200,
      { access_token: 't', expires_in: 1, scope: 'other' },
      /without the scope "all".*role/,
    ],
    ['a token without any scope', 200, { access_token: 't', expires_in: 1 }, /without the scope "all"/],
  ])('is an error for %s, which tells what to fix', async (_what, status, body, message) => {
    answer = async () => replyOf(body, { status });
    await expect(token.get()).rejects.toMatchObject({
      code: 'upstream.unauthorized',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['no token', { token_type: 'Bearer', scope: 'all' }, '/access_token is not a string'],
    [
      'a lifetime that is not a number',
      { access_token: 't', expires_in: 'long', scope: 'all' },
      '/expires_in is not a number',
    ],
  ])('rejects a response with %s', async (_what, body, message) => {
    answer = async () => replyOf(body);
    await expect(token.get()).rejects.toMatchObject({
      code: 'upstream.invalid_response',
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['was never sent', new UpstreamFault('upstream.unavailable', 'x', { lost: 'before' }), 'upstream.unavailable'],
    [
      'lost its connection',
      new UpstreamFault('upstream.timeout', 'x', { lost: 'after', wrote: true }),
      'upstream.error',
    ],
    ['took too long', new UpstreamFault('upstream.timeout', 'x', { wrote: true }), 'upstream.timeout'],
  ])('reports for a token request that %s that no write can have happened', async (_what, given, code) => {
    answer = () => Promise.reject(given);
    const error = await token.get().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, options: { atTokenEndpoint: true } });
    const { wrote, lost } = (error as UpstreamFault).options;
    expect([wrote, lost]).toEqual([undefined, given.options.lost && 'before']);
  });

  it('never contains the secret in an error message', async () => {
    answer = async () => replyOf({ error: 'invalid_client' }, { status: 401 });
    const error = await token.get().catch((reason: unknown) => String(reason));
    expect(error).not.toMatch(/s:cr|s%3Acr|Basic/);
  });

  it.each([
    [
      'a database that is down',
      replyOf(undefined, { status: 500, contentType: 'text/plain', bytes: 'Internal Server Error' }),
      { code: 'upstream.error' },
    ],
    [
      'too many requests',
      replyOf({}, { status: 429, retryAfterS: 30 }),
      { code: 'upstream.budget', options: { retryAfterS: 30 } },
    ],
  ])('distinguishes %s from rejected credentials', async (_what, reply, expected) => {
    answer = async () => reply;
    await expect(token.get()).rejects.toMatchObject(expected);
  });
});
