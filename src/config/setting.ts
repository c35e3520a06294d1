import type { Kind } from './kinds/kind.js';

/** One variable of the environment: everything the reader, the README and `.env.example` say about it. */
export interface Setting<T> {
  readonly kind: Kind<T>;
  /** As text, read the way a given value is. Undefined means the variable may stay unset. */
  readonly default: string | undefined;
  /** What an unset variable means, where a plain default cannot say it. */
  readonly unset?: string;
  readonly meaning: string;
  /** Nothing of the value is ever shown. */
  readonly secret?: true;
  /** A value for `.env.example`, where the default does not show what one looks like. */
  readonly example?: string;
}

type WithDefault = { readonly default: string };

/** What a setting's variable becomes; undefined only where no default stands in. */
export type ValueOf<S> = S extends Setting<infer T> ? (S extends WithDefault ? T : T | undefined) : never;

export type Settings = Readonly<Record<string, Setting<unknown>>>;

export type ValuesOf<S extends Settings> = { readonly [Name in keyof S]: ValueOf<S[Name]> };
