/** Throws at start-up, naming the option, when one that must be a positive number is not. */
export function requirePositive(stage: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options))
    if (!(value > 0)) throw new Error(`${stage} stage: ${name} must be a positive number${unitOf(name)}, got ${value}`);
}

const unitOf = (name: string): string => (name.endsWith('Ms') ? ' of milliseconds' : '');
