/** A kind of value: how its text is read, and what to tell somebody whose text is not one. */
export interface Kind<T> {
  /** Completes the sentence "expected …". */
  readonly expected: string;
  /** Undefined means: this text is no such value. */
  readonly parse: (text: string) => T | undefined;
}
