import type { Kind } from './kinds/kind.js';

/** One environment variable. The reader, the README and `.env.example` are all made from this. */
export interface Setting<T> {
  readonly kind: Kind<T>;
  /** As text, which is parsed like a given value. Undefined means that the variable may stay unset. */
  readonly default: string | undefined;
  /** Documents the effect of an unset variable that has no plain default. */
  readonly unset?: string;
  readonly description: string;
  /** The value is never shown, not even in part. */
  readonly secret?: true;
  /** A value for `.env.example`, where there is no default to show. */
  readonly example?: string;
}

type WithDefault = { readonly default: string };

/** The parsed type of a setting; undefined is possible only without a default. */
export type ValueOf<S> = S extends Setting<infer T> ? (S extends WithDefault ? T : T | undefined) : never;

export type Settings = Readonly<Record<string, Setting<unknown>>>;

export type ValuesOf<S extends Settings> = { readonly [Name in keyof S]: ValueOf<S[Name]> };
