import type { Provenance } from '../../core/exchange.js';

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** `Age`: seconds since Logto's response. */
export const age = ({ ageMs }: Provenance): string => String(seconds(ageMs));

/** Logto's status, or how the call failed, when a stale response was served instead. */
const failure = (failed: string): string => (/^\d{3}$/.test(failed) ? `fwd-status=${failed}` : `detail="${failed}"`);

/** `Cache-Status`: how the gateway's cache handled a request (RFC 9211). A stale response has a negative `ttl`. */
export function cacheStatus({ source, ttlMs, forwarded, stored, collapsed, failed }: Provenance): string {
  if (failed !== undefined) return `org-gateway; fwd=${forwarded}; ${failure(failed)}; ttl=${seconds(ttlMs)}`;
  if (source === 'cache') return `org-gateway; hit; ttl=${seconds(ttlMs)}`;
  const parts = ['org-gateway', `fwd=${forwarded ?? 'bypass'}`];
  if (stored) parts.push('stored', `ttl=${seconds(ttlMs)}`);
  if (collapsed) parts.push('collapsed');
  return parts.join('; ');
}
