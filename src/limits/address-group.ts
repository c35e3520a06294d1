import ipaddr from 'ipaddr.js';

/** The likely owner of an address: the IPv4 address itself, or the /64 network of an IPv6 address, which has one holder. */
export function addressGroup(address: string): string {
  // The zone names an interface of this machine.
  const [plain = ''] = address.split('%', 1);
  if (!ipaddr.isValid(plain)) return address;
  const parsed = ipaddr.process(plain);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':');
}
