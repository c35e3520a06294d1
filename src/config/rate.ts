/** So many in a span of time. */
export interface Rate {
  readonly count: number;
  readonly windowMs: number;
}
