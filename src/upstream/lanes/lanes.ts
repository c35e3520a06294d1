import type { UpstreamRequest } from '../../core/exchange.js';

/** The priorities of calls that wait for Logto, the highest first. */
export const LANES = ['write', 'interactive', 'aggregate', 'background'] as const;

export type Lane = (typeof LANES)[number];

/** Writes have their own lane; a read is interactive unless it says otherwise. */
export const laneOf = (request: UpstreamRequest): Lane =>
  request.method === 'GET' ? (request.lane ?? 'interactive') : 'write';
