import type { Fault } from './config-error.js';
import type { Setting, Settings, ValuesOf } from './setting.js';
import { redacted } from './redacted.js';

/** The variable's text. An empty variable is treated as unset, because env files contain lines such as `NAME=`. */
export const textOf = (env: NodeJS.ProcessEnv, name: string): string | undefined => env[name]?.trim() || undefined;

/** Reads every setting of a table. Use `values` only when there are no faults. */
export function readSettings<S extends Settings>(
  table: S,
  env: NodeJS.ProcessEnv,
): { values: ValuesOf<S>; faults: Fault[] } {
  const faults: Fault[] = [];
  const values = Object.entries(table).map(([name, setting]) => {
    const given = textOf(env, name);
    const value = parse(setting, given);
    if (given !== undefined && value === undefined) {
      faults.push({ name, given: redacted(given, setting.secret === true), expected: setting.kind.expected });
    }
    return [name, value] as const;
  });
  // The compiler loses names and types through entries; the table's own type has them.
  return { values: Object.fromEntries(values) as ValuesOf<S>, faults };
}

function parse<T>(setting: Setting<T>, given: string | undefined): T | undefined {
  const text = given ?? setting.default;
  return text === undefined ? undefined : setting.kind.parse(text);
}
