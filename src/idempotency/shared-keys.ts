import type { Leases } from '../redis/lease.js';
import { decodeAnswer, encodeAnswer, type FirstAnswer } from './first-answer.js';
import { type KeyRecord, RETENTION_MS } from './memory-keys.js';

/** The format version. During a rollout, replicas of another version share the Redis. */
const VERSION = '2';

/** A key that this process has claimed. Its methods never fail, even when Redis goes down meanwhile. */
export interface SharedClaim {
  complete(answer: FirstAnswer): Promise<void>;
  release(): Promise<unknown>;
}

/** The record was written by another version of the gateway. */
export class UnreadableRecord extends Error {}

/**
 * The idempotency keys of all replicas, which survive restarts of the gateway. A value is `version kind fingerprint time`, a
 * newline, and the answer. The keys of a crashed process stay claimed, because the outcome of its requests is unknown.
 */
export class SharedKeys {
  constructor(private readonly leases: Leases) {}

  /** Claims the key, or returns its record. Throws RedisUnavailable or UnreadableRecord. */
  async claim(key: string, fingerprint: string): Promise<KeyRecord | SharedClaim> {
    const note = `${VERSION} running ${fingerprint} ${Date.now()}\n`;
    const lease = await this.leases.take(leaseName(key), { ttlMs: RETENTION_MS, note, strict: true });
    if ('found' in lease) return decode(lease.found);
    return {
      complete: (answer) => lease.replace(encode(fingerprint, answer), RETENTION_MS),
      release: () => lease.release(),
    };
  }

  /** Writes a completed record again that Redis has lost. */
  async restore(key: string, { fingerprint, answer }: KeyRecord, ttlMs: number): Promise<void> {
    if (answer) await this.leases.restore(leaseName(key), encode(fingerprint, answer), Math.ceil(ttlMs));
  }
}

const leaseName = (key: string): string => `key:${key}`;

const encode = (fingerprint: string, answer: FirstAnswer): string =>
  `${VERSION} answered ${fingerprint} ${Date.now()}\n${encodeAnswer(answer)}`;

function decode(value: string): KeyRecord {
  const end = value.indexOf('\n');
  const [version, kind, fingerprint = '', time] = value.slice(0, end).split(' ');
  if (version !== VERSION) throw new UnreadableRecord(`written by another version (${version})`);
  if (kind === 'running') return { fingerprint, since: Number(time) };
  return { fingerprint, since: Number(time), answer: decodeAnswer(value.slice(end + 1)) };
}
