import type { Stage, UpstreamReply, UpstreamRequest } from '../../core/exchange.js';
import type { MachineToken } from './machine-token.js';
import { abortable } from '../../core/cancellation.js';

/**
 * Adds the gateway's own token to each attempt. After a 401 the token is renewed and the attempt repeated once. All attempts
 * with the same rejected token share one renewal. A rejected request had no effect, so even a write may be sent again.
 * A call stops waiting for a token when its signal fires; the renewal goes on, because others share it.
 */
export const authorize =
  (token: MachineToken): Stage =>
  (next) => {
    const send = (request: UpstreamRequest, bearer: string): Promise<UpstreamReply> =>
      next({ ...request, headers: { ...request.headers, authorization: `Bearer ${bearer}` } });

    const attempt = (request: UpstreamRequest, bearer: string): Promise<UpstreamReply> =>
      send(request, bearer).then((reply) => (reply.status === 401 ? retry(request, bearer) : reply));

    const retry = async (request: UpstreamRequest, rejected: string): Promise<UpstreamReply> =>
      send(request, await abortable(request.signal, token.replace(rejected)));

    return (request) => {
      const cached = token.cached();
      if (cached !== undefined) return attempt(request, cached);
      return abortable(request.signal, token.get()).then((bearer) => attempt(request, bearer));
    };
  };
