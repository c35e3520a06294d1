import type { Fault } from './config-error.js';
import type { Setting, Settings, ValuesOf } from './setting.js';
import { shown } from './shown.js';

/** The variable's text; an empty one counts as unset, as a line `NAME=` in an env file means. */
export const textOf = (env: NodeJS.ProcessEnv, name: string): string | undefined => env[name]?.trim() || undefined;

/** Reads every setting of a table. `values` may be used only when there are no faults. */
export function readSettings<S extends Settings>(
  table: S,
  env: NodeJS.ProcessEnv,
): { values: ValuesOf<S>; faults: Fault[] } {
  const faults: Fault[] = [];
  const values = Object.entries(table).map(([name, setting]) => {
    const given = textOf(env, name);
    const value = parse(setting, given);
    if (given !== undefined && value === undefined) {
      faults.push({ name, given: shown(given, setting.secret === true), expected: setting.kind.expected });
    }
    return [name, value] as const;
  });
  // The compiler cannot follow names and types through entries; the table's own type says what they are.
  return { values: Object.fromEntries(values) as ValuesOf<S>, faults };
}

function parse<T>(setting: Setting<T>, given: string | undefined): T | undefined {
  const text = given ?? setting.default;
  return text === undefined ? undefined : setting.kind.parse(text);
}
