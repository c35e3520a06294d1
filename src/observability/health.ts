/** The state of one component, for people and for alerts. */
export type HealthDetail = Readonly<Record<string, string | number | boolean | undefined>>;

/** The state of all components, shown at `/health/ready`. A failing component does not make the gateway unready by itself. */
export class Health {
  readonly #components = new Map<string, () => HealthDetail>();

  /** `detail` is called each time the state is read. */
  report(component: string, detail: () => HealthDetail): void {
    this.#components.set(component, detail);
  }

  details(): Record<string, HealthDetail> {
    return Object.fromEntries([...this.#components].map(([component, detail]) => [component, detail()]));
  }
}
