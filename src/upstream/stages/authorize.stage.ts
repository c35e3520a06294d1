import type { Stage } from '../exchange.js';
import type { MachineToken } from '../machine-token.js';
import { unless } from '../signals.js';

/**
 * Each attempt carries the gateway's own token. A 401 renews it once, one renewal for everyone who was refused with the
 * same token; a refused request had no effect, so even a write may be sent again. Nobody waits for a token longer than for
 * an answer; the renewal itself goes on, for it is everyone's.
 */
export const authorize =
  (token: MachineToken): Stage =>
  (next) =>
  async (request) => {
    const send = (bearer: string) =>
      next({ ...request, headers: { ...request.headers, authorization: `Bearer ${bearer}` } });
    const bearer = await unless(request.signal, token.current());
    const reply = await send(bearer);
    return reply.status === 401 ? send(await unless(request.signal, token.insteadOf(bearer))) : reply;
  };
