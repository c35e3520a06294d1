import { Counter, type Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

/** A count with one set of labels. Add to its value. */
export interface Count {
  value: number;
}

/**
 * A cheap counter. prom-client's own builds a string from the labels at each count; here callers look a count up once and keep
 * it, and prom-client gets the values at each scrape.
 */
export class Counts<L extends Labels> {
  readonly #counts = new Map<string, Count & { readonly labels: L }>();

  constructor(name: string, help: string, labelNames: readonly (keyof L & string)[], registry: Registry) {
    const counts = this.#counts;
    registry.registerMetric(
      new Counter({
        name,
        help,
        labelNames: [...labelNames],
        registers: [],
        collect() {
          for (const count of counts.values()) {
            this.inc(count.labels, count.value);
            count.value = 0;
          }
        },
      }),
    );
  }

  /** The count with these labels. They must be in the same order at each call. */
  of(labels: L): Count {
    let key = '';
    for (const name in labels) key += `${labels[name]} `;
    let count = this.#counts.get(key);
    if (!count) {
      count = { labels, value: 0 };
      this.#counts.set(key, count);
    }
    return count;
  }
}
