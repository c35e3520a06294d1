import { Counter, Gauge, type Registry } from 'prom-client';

/** One number for each value of the label, or a single number for a metric without label. */
type Values = number | Readonly<Record<string, number>>;

interface ReadMetric {
  readonly name: string;
  readonly help: string;
  /** The name of the label whose values are the keys of `Values`. */
  readonly label?: string;
  /** Called at each scrape. */
  readonly read: () => Values;
}

const entriesOf = (label: string | undefined, values: Values): [Record<string, string>, number][] =>
  typeof values === 'number'
    ? [[{}, values]]
    : Object.entries(values).map(([name, value]) => [label ? { [label]: name } : {}, value]);

/** Registers gauges that read their values at each scrape. */
export function registerGauges(registry: Registry, metrics: readonly ReadMetric[]): void {
  for (const { name, help, label, read } of metrics)
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: label ? [label] : [],
        registers: [],
        collect() {
          for (const [labels, value] of entriesOf(label, read())) this.set(labels, value);
        },
      }),
    );
}

/** Registers counters that read their values at each scrape. */
export function registerCounters(registry: Registry, metrics: readonly ReadMetric[]): void {
  for (const { name, help, label, read } of metrics)
    registry.registerMetric(
      new Counter({
        name,
        help,
        labelNames: label ? [label] : [],
        registers: [],
        collect() {
          this.reset();
          for (const [labels, value] of entriesOf(label, read())) this.inc(labels, value);
        },
      }),
    );
}
