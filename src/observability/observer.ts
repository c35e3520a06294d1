import type { UpstreamRequest } from '../core/exchange.js';

/** Called at the end of every exchange with Logto. */
export type Observer = (call: {
  request: UpstreamRequest;
  name: string;
  source: 'cache' | 'upstream';
  outcome: number | 'error';
  durationMs: number;
}) => void;
