import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { Durations } from './durations.js';

const BOUNDS = [0.001, 0.01, 0.1, 1];
const NAME = 'took_seconds';
const HELP = 'How long it took.';

type Labels = { readonly method: string; readonly route: string; readonly status: number };

const durations = () => {
  const registry = new Registry();
  return { registry, durations: new Durations<Labels>(NAME, HELP, BOUNDS, registry) };
};

const labels = fc.record({
  method: fc.constantFrom('GET', 'POST'),
  route: fc.constantFrom('/a', '/a/:id', 'with "quotes", \\ and\nlines', ''),
  status: fc.constantFrom(200, 404),
});
/** The bounds themselves, values next to them, and any others. */
const seconds = fc.oneof(
  fc.constantFrom(0, ...BOUNDS, ...BOUNDS.map((bound) => bound + Number.EPSILON), 1e6),
  fc.double({ min: 0, max: 3, noNaN: true }),
);

describe('a histogram of durations', () => {
  it('is exported exactly like prom-client’s own histogram', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(labels, seconds), { maxLength: 40 }), async (observations) => {
        const { registry, durations: ours } = durations();
        const other = new Registry();
        const labelNames = ['method', 'route', 'status'];
        const theirs = new Histogram({ name: NAME, help: HELP, buckets: BOUNDS, labelNames, registers: [other] });
        for (const [given, took] of observations) {
          ours.of(given).observe(took);
          theirs.observe(given, took);
        }
        expect(await registry.metrics()).toBe(await other.metrics());
      }),
    );
  });

  it('has one series for each set of labels', async () => {
    const { registry, durations: ours } = durations();
    const series = ours.of({ method: 'GET', route: '/a', status: 200 });
    expect(ours.of({ method: 'GET', route: '/a', status: 200 })).toBe(series);
    expect(ours.of({ method: 'GET', route: '/a', status: 304 })).not.toBe(series);
    series.observe(0.5);
    expect(await registry.metrics()).toContain(`${NAME}_count{method="GET",route="/a",status="200"} 1`);
  });

  it('is empty after the registry is reset', async () => {
    const { registry, durations: ours } = durations();
    ours.of({ method: 'GET', route: '/a', status: 200 }).observe(0.5);
    registry.resetMetrics();
    expect(await registry.metrics()).not.toContain('_count');
  });
});
