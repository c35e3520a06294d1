import type { Stage, UpstreamReply, UpstreamRequest } from '../exchange.js';
import type { MachineToken } from '../machine-token.js';
import { unless } from '../signals.js';

/**
 * Each attempt carries the gateway's own token. A 401 renews it once, one renewal for everyone who was refused with the
 * same token; a refused request had no effect, so even a write may be sent again. Nobody waits for a token longer than for
 * an answer; the renewal itself goes on, for it is everyone's.
 */
export const authorize =
  (token: MachineToken): Stage =>
  (next) => {
    const send = (request: UpstreamRequest, bearer: string): Promise<UpstreamReply> =>
      next({ ...request, headers: { ...request.headers, authorization: `Bearer ${bearer}` } });

    const attempt = (request: UpstreamRequest, bearer: string): Promise<UpstreamReply> =>
      send(request, bearer).then((reply) => (reply.status === 401 ? again(request, bearer) : reply));

    const again = async (request: UpstreamRequest, refused: string): Promise<UpstreamReply> =>
      send(request, await unless(request.signal, token.insteadOf(refused)));

    return (request) => {
      const held = token.held();
      if (held !== undefined) return attempt(request, held);
      return unless(request.signal, token.current()).then((bearer) => attempt(request, bearer));
    };
  };
