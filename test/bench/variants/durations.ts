import { Histogram, type Registry } from 'prom-client';

type Labels = Readonly<Record<string, string | number>>;

/** prom-client's own histogram. */
export class Durations<L extends Labels> {
  #histogram: Histogram | undefined;

  constructor(
    private readonly name: string,
    private readonly help: string,
    private readonly bounds: readonly number[],
    private readonly registry: Registry,
  ) {}

  of(labels: L): { observe(seconds: number): void } {
    const { name, help, bounds, registry } = this;
    const histogram = (this.#histogram ??= new Histogram({
      name,
      help,
      labelNames: Object.keys(labels),
      buckets: [...bounds],
      registers: [registry],
    }));
    return { observe: (seconds) => histogram.observe(labels, seconds) };
  }
}
