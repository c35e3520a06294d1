/** A kind of setting value: how to parse its text, and what to say when the text is invalid. */
export interface Kind<T> {
  /** Completes the sentence "expected …". */
  readonly expected: string;
  /** Undefined means that the text is invalid. */
  readonly parse: (text: string) => T | undefined;
}
