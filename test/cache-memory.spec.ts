import { describe, expect, it } from '@jest/globals';
import { Epochs } from '../src/cache/epochs.js';
import { Fence } from '../src/cache/fence.js';
import { Memory } from '../src/cache/memory.js';
import { MemoryStore } from '../src/cache/memory-store.js';
import { replyOf } from './support/far-end.js';

const MB = 1024 * 1024;
const BOUND = 64 * MB;
/** What the process may need beside the bound: the largest heap between two collections. */
const BESIDE = 60 * MB;
const KEYS = 1_000_000;

describe('a million distinct answers', () => {
  it('pushed through memory take no more than its bound and what a process breathes', async () => {
    const fence = new Fence(new Epochs());
    const store = new MemoryStore(BOUND);
    const memory = new Memory(store, fence, () => 0);
    const lifetime = { freshMs: 30_000, staleMs: 300_000 };
    const before = process.memoryUsage().rss;
    let highest = 0;
    for (let key = 0; key < KEYS; key++) {
      const tags = [`organization:${key}`];
      const reply = replyOf(undefined, {
        bytes: `{"id":"${key}","name":"An organization of a common size, of ${key}"}`,
      });
      memory.put(`/api/organizations/${key}`, { reply, lifetime, storedAt: 0, tags, epoch: fence.of(tags) });
      if (key % 10_000 === 0) {
        highest = Math.max(highest, process.memoryUsage().rss);
        // Other work has its turns here as it would between requests.
        await new Promise((turn) => setImmediate(turn));
      }
    }
    const grown = Math.max(highest, process.memoryUsage().rss) - before;
    process.stdout.write(
      `${KEYS} answers: RSS grew by ${Math.round(grown / MB)} MB, ${store.usage.entries} are kept\n`,
    );
    expect(store.usage.evictions).toBeGreaterThan(KEYS / 2);
    expect(store.usage.bytes).toBeLessThanOrEqual(BOUND);
    expect(grown).toBeLessThan(BOUND + BESIDE);
  }, 60_000);
});
