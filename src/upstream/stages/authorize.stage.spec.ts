import { beforeEach, describe, expect, it } from '@jest/globals';
import { readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import type { UpstreamReply, UpstreamRequest } from '../../core/exchange.js';
import { MachineToken } from './machine-token.js';
import { UpstreamFault } from '../../core/faults.js';
import { authorize } from './authorize.stage.js';

describe('authorize stage', () => {
  let issued: number;
  let refused: Set<string>;
  let sent: UpstreamRequest[];
  const token = () =>
    new MachineToken({
      clientId: 'gateway',
      clientSecret: 'secret',
      resource: 'https://api.example.test',
      send: async () => replyOf({ access_token: `token-${++issued}`, expires_in: 3600, scope: 'all' }),
      onBackgroundFailure: () => undefined,
    });
  const logto = async (request: UpstreamRequest): Promise<UpstreamReply> => {
    sent.push(request);
    return refused.has(request.headers?.['authorization'] ?? '') ? replyOf({}, { status: 401 }) : replyOf('welcome');
  };
  beforeEach(() => {
    issued = 0;
    refused = new Set();
    sent = [];
  });

  it('adds the gateway’s own token to the other headers', async () => {
    const reply = await authorize(token())(logto)({ ...readOf('/x'), headers: { 'x-other': '1' } });
    expect(reply.status).toBe(200);
    expect(sent.map(({ headers }) => headers)).toEqual([{ 'x-other': '1', authorization: 'Bearer token-1' }]);
  });

  it('renews a rejected token and repeats the request, even a write', async () => {
    refused.add('Bearer token-1');
    const reply = await authorize(token())(logto)(writeOf('/x', { body: { name: 'kept' } }));
    expect(reply.status).toBe(200);
    expect(sent).toMatchObject([
      { headers: { authorization: 'Bearer token-1' }, body: { name: 'kept' } },
      { headers: { authorization: 'Bearer token-2' }, body: { name: 'kept' } },
    ]);
  });

  it('renews once for all requests that were rejected with the same token', async () => {
    refused.add('Bearer token-1');
    const exchange = authorize(token())(logto);
    const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => exchange(readOf(`/${index}`))));
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    expect(issued).toBe(2);
    expect(sent).toHaveLength(40);
  });

  it('gives up when the renewed token is rejected too', async () => {
    refused.add('Bearer token-1').add('Bearer token-2');
    expect((await authorize(token())(logto)(readOf('/x'))).status).toBe(401);
    expect(issued).toBe(2);
    expect(sent).toHaveLength(2);
  });

  it.each([200, 403, 404, 500])('sends once when the status is %i', async (status) => {
    let calls = 0;
    const reply = await authorize(token())(async () => {
      calls += 1;
      return replyOf({}, { status });
    })(readOf('/x'));
    expect([reply.status, calls]).toEqual([status, 1]);
  });

  it('sends nothing when it cannot get a token', async () => {
    const without = new MachineToken({
      clientId: 'gateway',
      clientSecret: 'wrong',
      resource: 'https://api.example.test',
      send: async () => replyOf({ error: 'invalid_client' }, { status: 401 }),
      onBackgroundFailure: () => undefined,
    });
    await expect(authorize(without)(logto)(readOf('/x'))).rejects.toBeInstanceOf(UpstreamFault);
    expect(sent).toEqual([]);
  });
});
