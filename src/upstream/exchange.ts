import type { Signal } from '../context/signal.js';
import type { Position } from '../cache/log-record.js';
import type { Sync } from '../cache/log-reader.js';
import type { Payload } from './payload.js';
import type { Shape } from './shape.js';

/** How long an answer may be used. */
export interface Lifetime {
  /** Without asking again. */
  readonly freshMs: number;
  /** And after that, while Logto is asked again, or when it cannot be asked. */
  readonly staleMs: number;
}

/** The kinds of answers whose lifetimes an operator can set; `never` is kept at all. */
export type FreshnessPolicy = 'organization' | 'lists' | 'members' | 'roles' | 'permissions' | 'never';

/** How long an answer may be believed without asking again. */
export interface Freshness {
  /** Names the kind of read in logs, timings and metrics. */
  readonly name: string;
  readonly policy: FreshnessPolicy;
}

/** An older answer to the same question. */
export interface Known {
  readonly reply: UpstreamReply;
  /** Nothing it speaks of was written since, as far as is known. */
  readonly counts: boolean;
}

/** Asks Logto something. The answer may come from the cache. */
export interface ReadRequest {
  readonly method: 'GET';
  /** Path and query below Logto's address, for instance '/api/organizations?page=1&page_size=20'. */
  readonly path: string;
  readonly freshness: Freshness;
  /** What the answer speaks of; a write that names one of these makes it untrue. */
  readonly tags: readonly string[];
  /** Ask Logto even when the cache knows an answer. */
  readonly refresh?: boolean;
  /** Who waits for it. Background: nobody, a stale answer was given already. Interactive unless said otherwise. */
  readonly lane?: 'interactive' | 'aggregate' | 'background';
  /** What was answered before: with its ETag Logto may say that it still is so, without sending it again. */
  readonly known?: Known | undefined;
  /** What was known of others' writes when it was asked; absent before anybody has looked. */
  readonly sync?: Sync;
  /** One of a series read at the pace of whoever takes it: its time is its own, not that of the request it serves. */
  readonly streamed?: boolean;
  /** The fields of a 200 that the gateway relies on. */
  readonly shape?: Shape;
}

/** Tells Logto something. Never repeated, never cached. */
export interface WriteRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** A JSON value; absent = no body. */
  readonly body?: unknown;
  /** The tags this makes untrue, whatever becomes of the call. */
  readonly invalidates: readonly string[];
  /** Rows it inserts; absent = few. Logto stands still for large inserts. */
  readonly rows?: number;
  /** The fields of a success that the gateway relies on. */
  readonly shape?: Shape;
}

export interface Attempt {
  /** Added by stages on the way to the wire. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: Signal;
  /** When its time is over, on the clock of the stages. */
  readonly endsAt?: number;
}

export type UpstreamRequest = (ReadRequest | WriteRequest) & Attempt;

/** Where an answer comes from and how old it is: the facts behind `Age` and `Cache-Status`. */
export interface Provenance {
  readonly source: 'cache' | 'upstream';
  readonly ageMs: number;
  /** How long it stays fresh from now on; 0 when it was not stored, negative when it is stale. */
  readonly ttlMs: number;
  /** Why Logto was asked; undefined for a hit. */
  readonly forwarded?: 'uri-miss' | 'stale' | 'request';
  /** Logto was asked and failed so; the answer is an older one. */
  readonly failed?: string;
  readonly stored: boolean;
  /** The answer was fetched for somebody else who asked at the same time. */
  readonly collapsed: boolean;
}

/** Given although it is no longer fresh. */
export const isStale = ({ ttlMs, failed }: Provenance): boolean => ttlMs < 0 || failed !== undefined;

export interface UpstreamReply {
  readonly status: number;
  readonly contentType: string;
  /** `Total-Number` of a paged list. */
  readonly total: number | undefined;
  /** Seconds Logto asks to wait. */
  readonly retryAfterS: number | undefined;
  /** Logto's own validator. */
  readonly etag?: string | undefined;
  /** How long it may be used, counted from when Logto said it; undefined when not at all. */
  readonly lifetime?: Lifetime | undefined;
  /** How the body is encoded; undefined = not at all, as we ask for. */
  readonly encoding?: string | undefined;
  /** A write's place among all writes of all replicas. */
  readonly position?: Position;
  /** What it is true as of, where that is later than its question: it was told to all replicas as news. */
  readonly asOf?: number;
  readonly payload: Payload;
  readonly provenance: Provenance;
}

/** Fails by its promise, never by throwing: stages count on being told when it is over. */
export type Exchange = (request: UpstreamRequest) => Promise<UpstreamReply>;
export type Stage = (next: Exchange) => Exchange;

/** Stages read in the order a request meets them. */
export const pipe =
  (...stages: Stage[]) =>
  (transport: Exchange): Exchange =>
    stages.reduceRight((next, stage) => stage(next), transport);

/** Provenance of what has just come off the wire. */
export const FROM_UPSTREAM: Provenance = { source: 'upstream', ageMs: 0, ttlMs: 0, stored: false, collapsed: false };
