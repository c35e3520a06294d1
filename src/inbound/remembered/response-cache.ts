import { LRUCache } from 'lru-cache';
import type { Caller } from '../../access/caller.js';
import { denialOf } from '../../access/denial.js';
import { freshUntilOf } from '../../cache/entry.js';
import type { MemoryCache } from '../../cache/memory-cache.js';
import { residentBytes } from '../../cache/resident-bytes.js';
import type { WriteLog } from '../../cache/write-log.js';
import type { Provenance } from '../../core/exchange.js';
import type { SuccessAnswer } from '../../http/answers/answer.js';
import { chooseEncoding } from '../../http/answers/compression.js';
import { namesEntity } from '../../http/answers/entity-tag.js';
import type { Representation } from '../../http/answers/representation.js';
import { type CachedResponse, cachedResponseOf, type Validity, type Variant } from './cached-response.js';
import type { Route } from '../routing/route-table.js';
import type { Visit } from '../visit/visit.js';

export interface ResponseCacheOptions {
  /** The maximum memory of all answers. */
  readonly maxBytes: number;
  readonly memory: Pick<MemoryCache, 'get' | 'version' | 'now'>;
  readonly writeLog: Pick<WriteLog, 'isSynced'>;
}

/** A remembered answer to give again now. */
export interface RepeatedResponse {
  readonly response: CachedResponse;
  readonly variant: Variant;
  readonly provenance: Provenance;
  /** The caller's copy is current: the answer is 304. */
  readonly isNotModified: boolean;
}

/** While one request renews the bytes of an aggregate, others get the old ones for this long. */
const RENEWAL_MS = 1000;

/** The memory of an answer besides its bytes: key, headers, notes. */
const OVERHEAD_BYTES = 4096;

/** Counts the plain and the compressed bytes, because a compressed variant may be added later. */
const sizeOf = ({ size }: CachedResponse): number => residentBytes(OVERHEAD_BYTES + 2 * size);

/** Callers who may share one answer: all services, all members of any organization, and each user alone. */
const viewOf = ({ kind, subject }: Caller): string => (kind === 'user' ? `user ${subject}` : kind);

const keyOf = ({ path, query }: Visit, caller: Caller): string => `${viewOf(caller)} ${path}?${query}`;

/**
 * Remembered answers. Each may be given again while the cache still has every entry that it was made of. No further invalidation is
 * needed: a write invalidates an entry, and with it every answer made of it.
 */
export class ResponseCache {
  readonly #responses: LRUCache<string, CachedResponse>;

  constructor(private readonly options: ResponseCacheOptions) {
    const maxSize = Math.max(1, options.maxBytes);
    this.#responses = new LRUCache({ maxSize, maxEntrySize: maxSize, sizeCalculation: sizeOf });
  }

  /** The answer to give again; undefined if there is no valid one. */
  find(visit: Visit, caller: Caller): RepeatedResponse | undefined {
    const response = this.#responses.get(keyOf(visit, caller));
    if (!response || !admits(response, caller)) return undefined;
    const provenance = this.#provenanceOf(response);
    const variant = provenance && response.variants.get(chooseEncoding(visit.request, response.size));
    if (!variant) return undefined;
    const header = visit.request.headers['if-none-match'];
    const isNotModified =
      header !== undefined && (header === variant.entityTag || namesEntity(header, response.etag, 'weak'));
    return isNotModified || variant.content ? { response, variant, provenance, isNotModified } : undefined;
  }

  /** Remembers an answer if it may be given again. */
  readonly store = (visit: Visit, route: Route, representation: Representation, answer: SuccessAnswer): void => {
    const { caller } = visit;
    if (!caller) return;
    const key = keyOf(visit, caller);
    const before = this.#responses.get(key);
    const response = cachedResponseOf(visit, route, representation, answer, before, this.options.memory.now());
    if (response && response !== before) this.#responses.set(key, response);
  };

  /** The provenance of the answer now; undefined when it is no longer valid or fresh. */
  #provenanceOf(response: CachedResponse): Provenance | undefined {
    const now = this.options.memory.now();
    if (now >= response.validUntil) {
      // This request renews it. Without this, all concurrent requests would do the same.
      response.validUntil = now + RENEWAL_MS;
      return undefined;
    }
    const validity = this.#validityOf(response);
    if (!validity || validity.freshUntil <= now) return undefined;
    const { freshUntil, storedAt } = validity;
    return { source: 'cache', ageMs: now - storedAt, ttlMs: freshUntil - now, stored: false, collapsed: false };
  }

  #validityOf(response: CachedResponse): Validity | undefined {
    const { memory, writeLog } = this.options;
    // Other replicas may have written. A read through the cache reads the write log first.
    if (!writeLog.isSynced()) return undefined;
    const { version } = memory;
    if (response.validity?.version === version) return response.validity;
    let freshUntil = Infinity;
    let storedAt = Infinity;
    for (const { key, entry, lifetime } of response.reads) {
      const current = memory.get(key);
      if (!current || current !== entry) return undefined;
      freshUntil = Math.min(freshUntil, freshUntilOf(current, lifetime));
      storedAt = Math.min(storedAt, current.storedAt);
    }
    response.validity = { version, freshUntil, storedAt };
    return response.validity;
  }
}

const admits = ({ admitted, rule, organizationId }: CachedResponse, caller: Caller): boolean => {
  if (admitted.has(caller)) return true;
  if (denialOf(caller, rule, organizationId)) return false;
  admitted.add(caller);
  return true;
};
