/** One environment variable that is missing or has an invalid value. */
export interface Fault {
  readonly name: string;
  /** The redacted value; undefined when the variable is not set. */
  readonly given: string | undefined;
  readonly expected: string;
}

/** Reports all configuration faults at once, so that one start is enough to see them all. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  /** @param warnings about names that look misspelt; often they explain a missing variable */
  constructor(
    readonly faults: readonly Fault[],
    warnings: readonly string[] = [],
  ) {
    super(['Invalid configuration:', ...faults.map(describe), ...warnings.map((text) => `  ${text}`)].join('\n'));
  }
}

const describe = ({ name, given, expected }: Fault): string =>
  `  ${name} ${given === undefined ? 'is not set' : `is ${given}`}; expected ${expected}`;
