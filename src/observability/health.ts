/** What one part of the gateway says of itself, for people and for alerts. */
export type HealthDetail = Readonly<Record<string, string | number | boolean | undefined>>;

/** What the parts say of themselves at `/health/ready`. A part that is ill does not make the gateway unready by itself. */
export class Health {
  readonly #parts = new Map<string, () => HealthDetail>();

  /** `detail` is asked each time somebody looks. */
  report(part: string, detail: () => HealthDetail): void {
    this.#parts.set(part, detail);
  }

  details(): Record<string, HealthDetail> {
    return Object.fromEntries([...this.#parts].map(([part, detail]) => [part, detail()]));
  }
}
