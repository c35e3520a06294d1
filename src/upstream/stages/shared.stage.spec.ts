// Longer than most: it covers the shared cache, and forced reads.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { deferred, readOf, replyOf, writeOf } from '../../../test/support/far-end.js';
import { ManualClock, settle } from '../../../test/support/manual-clock.js';
import { contextOf } from '../../../test/support/request-context.js';
import { SYNCED } from '../../core/sync.js';
import type { SharedCache, SharedLookup } from '../../cache/shared-cache.js';
import { TagVersions } from '../../cache/tag-versions.js';
import { withRequestContext } from '../../core/request-context.js';
import type {
  Exchange,
  PreviousReply,
  Lifetime,
  ReadRequest,
  UpstreamReply,
  UpstreamRequest,
} from '../../core/exchange.js';
import { shared } from './shared.stage.js';

const POLICY = { freshMs: 10_000, staleMs: 20_000 };

/** The shared cache and the write log as the stage sees them, controlled by the test. */
class Fixture {
  lookup: SharedLookup | undefined = { name: 'x', entry: undefined, isValid: false, ageMs: 0 };
  isFree = true;
  lookups = 0;
  claims = 0;
  released = 0;
  stored: { reply: UpstreamReply; lifetime: Lifetime; position: string }[] = [];
  readonly versions = new TagVersions();
  /** The tags that were invalidated on all replicas. */
  invalidated: (readonly string[])[] = [];

  /** Called before the next lookup or claim. */
  onNextCommand: () => void = () => undefined;

  async lookUp() {
    this.#command();
    this.lookups += 1;
    return this.lookup;
  }
  async claimFill() {
    this.#command();
    this.claims += 1;
    return this.isFree ? () => void (this.released += 1) : undefined;
  }
  #command(): void {
    const called = this.onNextCommand;
    this.onNextCommand = () => undefined;
    called();
  }
  async put(_key: string, reply: UpstreamReply, lifetime: Lifetime, position: string) {
    this.stored.push({ reply, lifetime, position });
  }
  async invalidate(tags: readonly string[]) {
    this.invalidated.push(tags);
    this.versions.end({ write: 'ours', tags });
  }
  holds(value: unknown, ageMs: number, isValid = true): void {
    this.lookup = {
      name: 'x',
      isValid,
      ageMs,
      entry: { reply: replyOf(value, { etag: '"1"' }), lifetime: POLICY, position: '5-0', storedAt: 0 },
    };
  }
  /** Another replica writes, and this one has read the record of it. */
  written(...tags: string[]): void {
    this.versions.apply({ type: 'end', write: 'theirs', tags, forMs: 0 }, '8-0');
  }
}

describe('shared stage', () => {
  let fixture: Fixture;
  let clock: ManualClock;
  let asked: UpstreamRequest[];
  let answer: () => Promise<UpstreamReply>;
  let exchange: Exchange;
  beforeEach(() => {
    fixture = new Fixture();
    clock = new ManualClock();
    fixture.versions.reset('7-0');
    asked = [];
    answer = async () => replyOf('from Logto', { lifetime: POLICY });
    exchange = shared(
      fixture as unknown as SharedCache,
      fixture,
      () => POLICY,
      clock,
    )((request) => {
      asked.push(request);
      return answer();
    });
  });
  const read = (more: Partial<ReadRequest> = {}) => exchange(readOf('/x', { sync: SYNCED, ...more }));

  it('answers with what another replica has read, and its age', async () => {
    fixture.holds('theirs', 4_000);
    const reply = await read();
    expect(reply.payload.json()).toBe('theirs');
    expect(reply.provenance).toMatchObject({ source: 'cache', ageMs: 4_000, ttlMs: 6_000 });
    expect(asked).toEqual([]);
  });

  it('asks Logto for a missing reply, stores it under the position from before the call, and releases the lease', async () => {
    expect((await read()).payload.json()).toBe('from Logto');
    await settle();
    expect(fixture.released).toBe(1);
    expect(fixture.stored).toMatchObject([{ position: '7-0', lifetime: POLICY }]);
  });

  it('revalidates an entry that a write has invalidated', async () => {
    fixture.holds('untrue', 1_000, false);
    expect((await read()).payload.json()).toBe('from Logto');
    expect((asked[0] as ReadRequest).previous).toMatchObject({ isValid: false, reply: { etag: '"1"' } });
  });

  it('answers with a stale entry, but not to a background read', async () => {
    fixture.holds('stale', 15_000);
    expect((await read()).provenance).toMatchObject({ source: 'cache', ttlMs: -5_000 });
    expect((await read({ lane: 'background' })).payload.json()).toBe('from Logto');
  });

  it('asks Logto when the stale time is over', async () => {
    fixture.holds('ancient', 30_000);
    expect((await read()).payload.json()).toBe('from Logto');
  });

  it('waits for the replica that asks Logto, and answers with its reply', async () => {
    fixture.isFree = false;
    const waiting = read();
    await clock.advance(15);
    expect(fixture.lookups).toBe(2);
    fixture.holds('theirs', 0);
    await clock.advance(15);
    expect((await waiting).payload.json()).toBe('theirs');
    expect(asked).toEqual([]);
  });

  it('does not ask Logto again when the other replica stores its reply and releases the lease between two commands', async () => {
    fixture.isFree = false;
    const reply = read();
    await settle();
    // Both happen after the lookup that would have missed the reply, if the lookup came first.
    fixture.onNextCommand = () => {
      fixture.onNextCommand = () => {
        fixture.holds('theirs', 0);
        fixture.isFree = true;
      };
    };
    await clock.advance(15);
    await clock.advance(15);
    expect((await reply).payload.json()).toBe('theirs');
    expect(asked).toEqual([]);
  });

  it('asks Logto itself when the other replica has failed', async () => {
    fixture.isFree = false;
    const waiting = read();
    await clock.advance(15);
    expect(fixture.lookups).toBe(2);
    fixture.isFree = true;
    await clock.advance(15);
    expect((await waiting).payload.json()).toBe('from Logto');
  });

  it('asks Logto itself when the other replica takes longer than a second', async () => {
    fixture.isFree = false;
    const waiting = read();
    await clock.advance(1000);
    expect(asked).toEqual([]);
    await clock.advance(15);
    expect((await waiting).payload.json()).toBe('from Logto');
  });

  it('stops waiting when the signal of the request fires', async () => {
    fixture.isFree = false;
    const controller = new AbortController();
    const waiting = exchange({ ...readOf('/x', { sync: SYNCED }), signal: controller.signal });
    await clock.advance(15);
    controller.abort(new Error('disconnected'));
    await expect(waiting).rejects.toThrow('disconnected');
    expect(clock.waiting).toBe(0);
  });

  it('releases the lease when Logto fails, and stores nothing', async () => {
    answer = () => Promise.reject(new Error('broken'));
    await expect(read()).rejects.toThrow('broken');
    await settle();
    expect(fixture.released).toBe(1);
    expect(fixture.stored).toEqual([]);
  });

  it('does not store a reply without a lifetime', async () => {
    answer = async () => replyOf({}, { status: 503 });
    await read();
    await settle();
    expect(fixture.released).toBe(1);
    expect(fixture.stored).toEqual([]);
  });

  it('answers the caller before the reply is stored for others', async () => {
    const storing = deferred<void>();
    fixture.put = () => storing.promise;
    expect((await read()).payload.json()).toBe('from Logto');
    expect(fixture.released).toBe(0);
    storing.resolve();
    await settle();
    expect(fixture.released).toBe(1);
  });

  it('asks Logto for a forced read, whatever is stored', async () => {
    fixture.holds('theirs', 0);
    expect((await read({ refresh: true })).payload.json()).toBe('from Logto');
    expect([fixture.claims, fixture.released]).toEqual([0, 0]);
  });

  it('stores a reply under the position from before the call, although a write became known meanwhile', async () => {
    answer = async () => {
      fixture.written('b');
      return replyOf('from Logto', { lifetime: POLICY });
    };
    await read();
    expect(fixture.stored).toMatchObject([{ position: '7-0' }]);
  });

  it('does not store the reply to a read that began during a write', async () => {
    fixture.versions.begin({ write: 'theirs', tags: ['a'] }, Infinity);
    expect((await read()).payload.json()).toBe('from Logto');
    await settle();
    expect(fixture.released).toBe(1);
    expect(fixture.stored).toEqual([]);
  });

  describe('after a forced read', () => {
    const previous = (value: unknown, isValid = true): PreviousReply => ({ reply: replyOf(value), isValid });
    const force = (more: Partial<ReadRequest> = {}) => read({ refresh: true, ...more });

    it('invalidates nothing when the reply is what this replica and the others have cached', async () => {
      fixture.holds('from Logto', 0);
      const reply = await force({ previous: previous('from Logto') });
      expect(fixture.invalidated).toEqual([]);
      expect(reply.asOf).toBeUndefined();
      expect(fixture.stored).toHaveLength(1);
    });

    it.each<[string, unknown, unknown]>([
      ['this replica has cached', 'old', 'from Logto'],
      ['others have cached', 'from Logto', 'old'],
      ['all have cached', 'old', 'old'],
    ])('invalidates when the reply is not what %s, and marks it as valid since then', async (_what, here, there) => {
      fixture.holds(there, 0);
      const reply = await force({ previous: previous(here) });
      expect(fixture.invalidated).toEqual([['a']]);
      expect(fixture.versions.isValid(['a'], reply.asOf ?? -1)).toBe(true);
      // Other replicas would take it for a reply from before the invalidation.
      expect(fixture.stored).toEqual([]);
    });

    it('invalidates when the entity is gone', async () => {
      answer = async () => replyOf({}, { status: 404, lifetime: POLICY });
      await force({ previous: previous('old') });
      expect(fixture.invalidated).toEqual([['a']]);
    });

    it('invalidates the tag of the one entity, not of all of its kind', async () => {
      await force({ previous: previous('old'), tags: ['organizations', 'organization:1'] });
      expect(fixture.invalidated).toEqual([['organization:1']]);
    });

    it('does not mark the reply as valid when one of its tags was written meanwhile', async () => {
      answer = async () => {
        fixture.written('a');
        return replyOf('from Logto', { lifetime: POLICY });
      };
      const reply = await force({ previous: previous('old') });
      expect(fixture.invalidated).toEqual([['a']]);
      expect(reply.asOf).toBeUndefined();
    });

    it('does not compare with invalid entries, nor take a failure for a change', async () => {
      await force({ previous: previous('old', false) });
      answer = async () => replyOf({}, { status: 503 });
      await force({ previous: previous('old') });
      expect(fixture.invalidated).toEqual([]);
    });

    it('invalidates for a caller who sends no-cache when nothing is cached here', async () => {
      await withRequestContext(contextOf({ bypassCache: true }), () => force());
      expect(fixture.invalidated).toEqual([['a']]);
    });
  });

  it('asks Logto when Redis is down', async () => {
    fixture.lookup = undefined;
    expect((await read()).payload.json()).toBe('from Logto');
    expect(fixture.stored).toEqual([]);
  });

  it.each([{ state: 'unknown', poll: 1 }, { state: 'alone' }] as const)(
    'does not look up entries that it could not validate: $state',
    async (sync) => {
      fixture.holds('theirs', 0);
      expect((await read({ sync })).payload.json()).toBe('from Logto');
      expect([fixture.lookups, fixture.claims, fixture.stored.length]).toEqual([0, 0, 0]);
    },
  );

  it('passes on writes, and reads that are never cached', async () => {
    await exchange(writeOf('/x'));
    await read({ freshness: { name: 'export', policy: 'never' } });
    expect(fixture.lookups).toBe(0);
  });
});
