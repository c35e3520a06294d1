import type { Provenance } from '../upstream/exchange.js';

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** Seconds since Logto said so. */
export const age = ({ ageMs }: Provenance): string => String(seconds(ageMs));

/** What Logto answered, or how it failed to, when an older answer was given instead. */
const failure = (failed: string): string => (/^\d{3}$/.test(failed) ? `fwd-status=${failed}` : `detail="${failed}"`);

/** How the gateway's cache took part in an answer (RFC 9211). What is stale has a negative `ttl`. */
export function cacheStatus({ source, ttlMs, forwarded, stored, collapsed, failed }: Provenance): string {
  if (failed !== undefined) return `org-gateway; fwd=${forwarded}; ${failure(failed)}; ttl=${seconds(ttlMs)}`;
  if (source === 'cache') return `org-gateway; hit; ttl=${seconds(ttlMs)}`;
  const parts = ['org-gateway', `fwd=${forwarded ?? 'bypass'}`];
  if (stored) parts.push('stored', `ttl=${seconds(ttlMs)}`);
  if (collapsed) parts.push('collapsed');
  return parts.join('; ');
}
