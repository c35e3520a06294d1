import { Counter, Gauge, type Registry } from 'prom-client';

/** The value of each label, or a single one where there is no label. */
type Values = number | Readonly<Record<string, number>>;

interface ReadMetric {
  readonly name: string;
  readonly help: string;
  /** What the names of the values are values of. */
  readonly label?: string;
  /** Asked whenever somebody reads the metrics. */
  readonly read: () => Values;
}

const entriesOf = (label: string | undefined, values: Values): [Record<string, string>, number][] =>
  typeof values === 'number'
    ? [[{}, values]]
    : Object.entries(values).map(([name, value]) => [label ? { [label]: name } : {}, value]);

/** Gauges whose values are kept elsewhere. */
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

/** Counters whose values are kept elsewhere. */
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
