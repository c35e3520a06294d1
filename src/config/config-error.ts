/** What is wrong with one variable. */
export interface Fault {
  readonly name: string;
  /** The value as it may be shown; undefined when the variable is not set. */
  readonly given: string | undefined;
  readonly expected: string;
}

/** Every fault of the environment at once, so that one start is enough to see them all. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly Fault[]) {
    super(['The environment is not usable:', ...faults.map(sentence)].join('\n'));
  }
}

const sentence = ({ name, given, expected }: Fault): string =>
  `  ${name} ${given === undefined ? 'is not set' : `is ${given}`}; expected ${expected}`;
