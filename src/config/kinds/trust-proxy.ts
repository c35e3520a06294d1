import { isIP } from 'node:net';
import proxyaddr from 'proxy-addr';
import type { Kind } from './kind.js';
import { list } from './list.js';

/** Express's own names for address ranges. */
const ranges = ['loopback', 'linklocal', 'uniquelocal'];

/** Which proxies are trusted to name the client's address, in the form of Express's `trust proxy` setting. */
export const trustProxy: Kind<false | number | string[]> = {
  expected:
    'a number of proxies up to 16, or comma-separated addresses, CIDR ranges, loopback, linklocal or uniquelocal, or off ("on" is refused: any caller could then choose the address the gateway sees)',
  parse(text) {
    if (/^(off|false|0)$/i.test(text)) return false;
    if (/^\d+$/.test(text)) return Number(text) <= 16 ? Number(text) : undefined;
    return list(text, (item) => (ranges.includes(item) || isRange(item) ? item : undefined));
  },
};

function isRange(text: string): boolean {
  // Express would also take netmasks, and "10" or "010.0.0.1" for addresses.
  if (isIP(text.replace(/\/\d+$/, '')) === 0) return false;
  try {
    proxyaddr.compile(text);
    return true;
  } catch {
    return false;
  }
}
