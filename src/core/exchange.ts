import type { Signal } from './signal.js';
import type { Payload } from './payload.js';
import type { Position } from './position.js';
import type { Shape } from './shape.js';
import type { Sync } from './sync.js';

/** How long a reply may be used. */
export interface Lifetime {
  /** Without asking Logto again. */
  readonly freshMs: number;
  /** After that, as stale-while-revalidate and as stale-if-error. */
  readonly staleMs: number;
}

/** The kinds of replies whose lifetimes an operator can set. A reply under `never` is not cached at all. */
export type FreshnessPolicy = 'organization' | 'lists' | 'members' | 'roles' | 'permissions' | 'never';

/** How long the replies to one kind of read may be used. */
export interface Freshness {
  /** Names the kind of read in logs, timings and metrics. */
  readonly name: string;
  readonly policy: FreshnessPolicy;
}

/** An older reply to the same read. */
export interface PreviousReply {
  readonly reply: UpstreamReply;
  /** None of its tags is known to have been written since. */
  readonly isValid: boolean;
}

/** A read of Logto, which the cache may answer. */
export interface ReadRequest {
  readonly method: 'GET';
  /** Path and query below Logto's address, for instance '/api/organizations?page=1&page_size=20'. */
  readonly path: string;
  readonly freshness: Freshness;
  /** What the reply depends on. A write that names one of these tags invalidates the reply. */
  readonly tags: readonly string[];
  /** Ask Logto even when the reply is cached. */
  readonly refresh?: boolean;
  /** The priority; `interactive` by default. Nobody waits for a `background` read: the caller already has a stale reply. */
  readonly lane?: 'interactive' | 'aggregate' | 'background';
  /** A previous reply, whose ETag lets Logto answer 304 without a body. */
  readonly previous?: PreviousReply | undefined;
  /** Whether the writes of other replicas were known when the read began; absent before the write log was polled. */
  readonly sync?: Sync;
  /** One of a series of reads that the client paces: it has its own deadline instead of sharing the one of the request. */
  readonly streamed?: boolean;
  /** The fields of a 200 that the gateway relies on. */
  readonly shape?: Shape;
}

/** A write to Logto. It is never cached, and sent again only when it provably had no effect. */
export interface WriteRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** A JSON value. Without it no body is sent. */
  readonly body?: unknown;
  /** The tags that this invalidates, unless it provably never reached Logto. */
  readonly invalidates: readonly string[];
  /** How many rows it inserts; absent means few. Logto blocks during large inserts. */
  readonly rows?: number;
  /** The fields of a success that the gateway relies on. */
  readonly shape?: Shape;
}

export interface Attempt {
  /** Added by stages on the way to Logto. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: Signal;
  /** The deadline, on the clock of the stages. */
  readonly endsAt?: number;
}

export type UpstreamRequest = (ReadRequest | WriteRequest) & Attempt;

/** Where a reply comes from and how old it is: the source of `Age` and `Cache-Status`. */
export interface Provenance {
  readonly source: 'cache' | 'upstream';
  readonly ageMs: number;
  /** How much longer it is fresh; 0 when it was not stored, negative when it is stale. */
  readonly ttlMs: number;
  /** Why Logto was asked; undefined for a hit. */
  readonly forwarded?: 'uri-miss' | 'stale' | 'request';
  /** How Logto failed, when this is an older reply served in place of an error. */
  readonly failed?: string;
  readonly stored: boolean;
  /** The reply was fetched for another caller who made the same read at the same time. */
  readonly collapsed: boolean;
}

export const isStale = ({ ttlMs, failed }: Provenance): boolean => ttlMs < 0 || failed !== undefined;

export interface UpstreamReply {
  readonly status: number;
  readonly contentType: string;
  /** `Total-Number` of a paged list. */
  readonly total: number | undefined;
  /** `Retry-After` in seconds. */
  readonly retryAfterS: number | undefined;
  /** Logto's own validator. */
  readonly etag?: string | undefined;
  /** How long it may be used, counted from when Logto sent it; undefined when it must not be cached. */
  readonly lifetime?: Lifetime | undefined;
  /** `Content-Encoding`; undefined for the identity encoding, which is what we ask for. */
  readonly encoding?: string | undefined;
  /** The place of a write in the order of all writes of all replicas. */
  readonly position?: Position;
  /** The version it is valid as of, where that is later than its read: it was announced to all replicas as a change. */
  readonly asOf?: number;
  readonly payload: Payload;
  readonly provenance: Provenance;
}

/** Rejects its promise and never throws synchronously: stages rely on the promise to learn when a call has ended. */
export type Exchange = (request: UpstreamRequest) => Promise<UpstreamReply>;
export type Stage = (next: Exchange) => Exchange;

/** The provenance of a reply that Logto has just sent. */
export const FROM_UPSTREAM: Provenance = { source: 'upstream', ageMs: 0, ttlMs: 0, stored: false, collapsed: false };
