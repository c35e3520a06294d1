import type { IncomingHttpHeaders } from 'node:http';

/** The directives in a request's `Cache-Control` that the gateway's cache follows. */
export interface CacheDirectives {
  /** Logto must be asked, whatever is cached. */
  readonly bypassCache: boolean;
  /** Logto must not be asked. */
  readonly onlyIfCached: boolean;
}

const NO_CACHE = /(^|[,\s])no-cache\b/i;
const MAX_AGE_0 = /(^|[,\s])max-age=0\b/i;
const ONLY_IF_CACHED = /(^|[,\s])only-if-cached\b/i;

const NONE: CacheDirectives = { bypassCache: false, onlyIfCached: false };

/**
 * Browsers and every `fetch` add `no-cache` by themselves to a request with a validator. With a validator, it bypasses the cache
 * only together with `max-age=0`.
 */
export function cacheDirectivesOf(headers: IncomingHttpHeaders): CacheDirectives {
  const { 'cache-control': text, 'if-none-match': validator } = headers;
  if (text === undefined) return NONE;
  return {
    bypassCache: NO_CACHE.test(text) && (validator === undefined || MAX_AGE_0.test(text)),
    onlyIfCached: ONLY_IF_CACHED.test(text),
  };
}
