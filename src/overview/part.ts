import { LogtoRefusal, UpstreamFault } from '../upstream/upstream-fault.js';

/** A part of an aggregate: there, or missing for a reason behind us. */
export type Part<T> =
  | { readonly value: T; readonly failure?: never }
  | { readonly value?: never; readonly failure: UpstreamFault | LogtoRefusal };

/** Waits for a part that the whole can do without. A fault of our own is no missing part: it is thrown on. */
export async function settle<T>(work: Promise<T>): Promise<Part<T>> {
  try {
    return { value: await work };
  } catch (error) {
    if (error instanceof UpstreamFault || error instanceof LogtoRefusal) return { failure: error };
    throw error;
  }
}
