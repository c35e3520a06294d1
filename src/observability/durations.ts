import type { Metric, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string | number>>;

/** The durations with one set of labels. */
export interface Series {
  observe(seconds: number): void;
}

/** Counts by upper bound, not cumulative; the last bucket is for durations above all bounds. */
interface Counts {
  readonly labels: Labels;
  readonly buckets: number[];
  sum: number;
  count: number;
}

/**
 * A histogram with the output of prom-client's own. prom-client builds a string from the labels at each observation, which
 * costs a cached read more than all other metrics together; here callers look a series up once and keep it.
 */
export class Durations<L extends Labels> {
  readonly #series = new Map<string, Counts & Series>();

  /** @param bounds upper bounds of the buckets in seconds, in ascending order */
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

  /** The series with these labels. They must be in the same order at each call. */
  of(labels: L): Series {
    let key = '';
    for (const name in labels) key += `${labels[name]} `;
    let series = this.#series.get(key);
    if (!series) {
      series = this.#create(labels);
      this.#series.set(key, series);
    }
    return series;
  }

  #create(labels: L): Counts & Series {
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
