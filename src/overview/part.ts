import { LogtoRefusal, UpstreamFault } from '../core/faults.js';

/** An optional part of an aggregate: its value, or the upstream failure because of which it is missing. */
export type Part<T> =
  | { readonly value: T; readonly failure?: never }
  | { readonly value?: never; readonly failure: UpstreamFault | LogtoRefusal };

/** Waits for an optional part. Other errors than upstream failures are bugs and are thrown. */
export async function toPart<T>(work: Promise<T>): Promise<Part<T>> {
  try {
    return { value: await work };
  } catch (error) {
    if (error instanceof UpstreamFault || error instanceof LogtoRefusal) return { failure: error };
    throw error;
  }
}
