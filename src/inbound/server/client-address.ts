import type { IncomingMessage } from 'node:http';
import proxyaddr from 'proxy-addr';
import type { Config } from '../../config/config.js';

/** Finds the client's address as Express's `request.ip` does with the same `trust proxy`. Empty once the connection is gone. */
export function clientAddress(trust: Config['trustProxy']): (request: IncomingMessage) => string {
  const trusts =
    typeof trust === 'number' ? (_address: string, hop: number) => hop < trust : proxyaddr.compile(trust || []);
  return (request) => proxyaddr(request, trusts) ?? '';
}
