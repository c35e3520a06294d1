import { isIP } from 'node:net';
import type { Kind } from './kind.js';
import { list } from './list.js';

/** Express's own names for address ranges. */
const ranges = ['loopback', 'linklocal', 'uniquelocal'];

/** Which proxies are believed about the caller's address, as Express takes it. */
export const trustProxy: Kind<false | number | string[]> = {
  expected:
    'a number of proxies up to 16, or addresses, CIDR ranges, loopback, linklocal or uniquelocal, comma separated, or off ("on" is refused: any caller could then choose the address the gateway sees)',
  parse(text) {
    if (/^(off|false|0)$/i.test(text)) return false;
    if (/^\d+$/.test(text)) return Number(text) <= 16 ? Number(text) : undefined;
    return list(text, (item) => (ranges.includes(item) || isRange(item) ? item : undefined));
  },
};

function isRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
