import type { Leases } from '../redis/lease.js';
import { type FirstAnswer, readAnswer, writeAnswer } from './first-answer.js';
import { KEPT_FOR_MS, type KnownKey } from './memory-keys.js';

/** Stands at the beginning of every value; replicas of another version may share the Redis while a new one is rolled out. */
const VERSION = '2';

/** A key that this process answers. None of its methods fails: Redis may be away meanwhile. */
export interface SharedClaim {
  keep(answer: FirstAnswer): Promise<void>;
  release(): Promise<unknown>;
}

/** What another version of the gateway has written, and this one cannot read. */
export class Unreadable extends Error {}

/**
 * Which keys were used for what, in all replicas and over restarts. A value is `version kind fingerprint time`, a line end, and
 * the answer. What a process that died had claimed stays claimed: nobody knows what became of it.
 */
export class SharedKeys {
  constructor(private readonly leases: Leases) {}

  /** Takes the key, unless something is known of it. Throws RedisUnavailable, and Unreadable. */
  async claim(key: string, fingerprint: string): Promise<KnownKey | SharedClaim> {
    const note = `${VERSION} running ${fingerprint} ${Date.now()}\n`;
    const taken = await this.leases.take(nameOf(key), { ttlMs: KEPT_FOR_MS, note, protects: true });
    if ('found' in taken) return read(taken.found);
    return {
      keep: (answer) => taken.replace(write(fingerprint, answer), KEPT_FOR_MS),
      release: () => taken.release(),
    };
  }

  /** Tells Redis again what it has lost. */
  async restore(key: string, { fingerprint, answer }: KnownKey, leftMs: number): Promise<void> {
    if (answer) await this.leases.restore(nameOf(key), write(fingerprint, answer), Math.ceil(leftMs));
  }
}

const nameOf = (key: string): string => `key:${key}`;

const write = (fingerprint: string, answer: FirstAnswer): string =>
  `${VERSION} answered ${fingerprint} ${Date.now()}\n${writeAnswer(answer)}`;

function read(value: string): KnownKey {
  const end = value.indexOf('\n');
  const [version, kind, fingerprint = '', time] = value.slice(0, end).split(' ');
  if (version !== VERSION) throw new Unreadable(`written by another version (${version})`);
  if (kind === 'running') return { fingerprint, since: Number(time) };
  return { fingerprint, since: Number(time), answer: readAnswer(value.slice(end + 1)) };
}
