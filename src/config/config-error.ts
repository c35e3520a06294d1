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

  /** @param warnings what looks misspelt: often the very variable that is missing */
  constructor(
    readonly faults: readonly Fault[],
    warnings: readonly string[] = [],
  ) {
    super(
      ['The environment is not usable:', ...faults.map(sentence), ...warnings.map((text) => `  ${text}`)].join('\n'),
    );
  }
}

const sentence = ({ name, given, expected }: Fault): string =>
  `  ${name} ${given === undefined ? 'is not set' : `is ${given}`}; expected ${expected}`;
