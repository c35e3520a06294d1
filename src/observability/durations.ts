import type { Metric, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string | number>>;

/** How long what has the same labels took. */
export interface Series {
  /** @param seconds how long one took */
  observe(seconds: number): void;
}

/** Counts by upper bound, not cumulative; the last one is for what took longer than all bounds. */
interface Counts {
  readonly labels: Labels;
  readonly buckets: number[];
  sum: number;
  count: number;
}

/**
 * A histogram of durations as prom-client's own would give it, but for one thing: that one makes a text of the labels each time
 * something is observed, which costs a read that is answered from memory more than all else that is counted of it. Here a
 * series is looked up once.
 */
export class Durations<L extends Labels> {
  readonly #series = new Map<string, Counts & Series>();

  /** @param bounds upper bounds of the buckets in seconds, rising */
  constructor(
    private readonly name: string,
    help: string,
    private readonly bounds: readonly number[],
    registry: Registry,
  ) {
    registry.registerMetric({
      name,
      get: () => Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values: this.#values() }),
      reset: () => this.#series.clear(),
    } as unknown as Metric);
  }

  /** The series with these labels, which come in the same order each time. */
  of(labels: L): Series {
    let key = '';
    for (const name in labels) key += `${labels[name]} `;
    let series = this.#series.get(key);
    if (!series) {
      series = this.#begin(labels);
      this.#series.set(key, series);
    }
    return series;
  }

  #begin(labels: L): Counts & Series {
    const { bounds } = this;
    const counts = {
      labels,
      buckets: Array.from({ length: bounds.length + 1 }, () => 0),
      sum: 0,
      count: 0,
      observe(seconds: number): void {
        let bucket = 0;
        while (bucket < bounds.length && seconds > (bounds[bucket] as number)) bucket += 1;
        counts.buckets[bucket] = (counts.buckets[bucket] ?? 0) + 1;
        counts.sum += seconds;
        counts.count += 1;
      },
    };
    return counts;
  }

  #values() {
    const { name, bounds } = this;
    return [...this.#series.values()].flatMap(({ labels, buckets, sum, count }) => {
      let upTo = 0;
      const cumulative = bounds.map((le, bucket) => ({ le, value: (upTo += buckets[bucket] ?? 0) }));
      return [
        ...[...cumulative, { le: '+Inf', value: count }].map(({ le, value }) => ({
          metricName: `${name}_bucket`,
          labels: { le, ...labels },
          value,
        })),
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: count },
      ];
    });
  }
}
