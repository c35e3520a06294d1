/**
 * Whether this process has read the write log up to now.
 * - `synced`: it knows of every write that any replica has answered.
 * - `unknown`: Redis did not answer in time. Reads that waited for the same poll may share one call to Logto.
 * - `alone`: Redis is down, so the writes of other replicas are not known.
 */
export type Sync =
  { readonly state: 'synced' } | { readonly state: 'unknown'; readonly poll: number } | { readonly state: 'alone' };

export const SYNCED: Sync = { state: 'synced' };
