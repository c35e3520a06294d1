import { beforeEach, describe, expect, it } from '@jest/globals';
import { Acknowledgements } from './acknowledgements.js';

describe('acknowledgements', () => {
  let now: number;
  let acknowledgements: Acknowledgements;
  beforeEach(() => {
    now = 0;
    acknowledgements = new Acknowledgements(() => now);
  });

  it('are complete when as many came as were told', async () => {
    const waiting = acknowledgements.expect('1');
    const complete = waiting.from(2);
    acknowledgements.note('1');
    acknowledgements.note('other');
    acknowledgements.note('1');
    expect(await complete).toBe(true);
  });

  it('count when they came before it was known how many there would be', async () => {
    const waiting = acknowledgements.expect('1');
    acknowledgements.note('1');
    acknowledgements.note('1');
    expect(await waiting.from(2)).toBe(true);
  });

  it('are complete at once when nobody was told', async () => {
    expect(await acknowledgements.expect('1').from(0)).toBe(true);
  });

  it('are waited for a bounded time, and then not again for a while by whoever stayed silent', async () => {
    const startedAt = performance.now();
    const first = acknowledgements.expect('1');
    acknowledgements.note('1');
    expect(await first.from(2)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1000);

    const second = acknowledgements.expect('2');
    acknowledgements.note('2');
    // Complete but for the silent one, and at once: no timer has to run out.
    expect(await second.from(2)).toBe(false);

    now += 10_000;
    const third = acknowledgements.expect('3');
    const complete = third.from(2);
    acknowledgements.note('3');
    acknowledgements.note('3');
    expect(await complete).toBe(true);
  });

  it('are forgotten when nobody waits any more', () => {
    acknowledgements.expect('1').end();
    expect(() => acknowledgements.note('1')).not.toThrow();
  });
});
