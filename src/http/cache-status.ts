import type { Provenance } from '../upstream/exchange.js';

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** Seconds since Logto said so. */
export const age = ({ ageMs }: Provenance): string => String(seconds(ageMs));

/** How the gateway's cache took part in an answer (RFC 9211). */
export function cacheStatus({ source, ttlMs, forwarded, stored, collapsed }: Provenance): string {
  if (source === 'cache') return `org-gateway; hit; ttl=${seconds(ttlMs)}`;
  const parts = ['org-gateway', `fwd=${forwarded ?? 'bypass'}`];
  if (stored) parts.push('stored', `ttl=${seconds(ttlMs)}`);
  if (collapsed) parts.push('collapsed');
  return parts.join('; ');
}
