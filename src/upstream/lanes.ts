import type { UpstreamRequest } from './exchange.js';

/** Who goes first where calls to Logto wait, the most urgent first. */
export const LANES = ['write', 'interactive', 'aggregate', 'background'] as const;

export type Lane = (typeof LANES)[number];

/** A write is its own lane; a read says its lane, or somebody is waiting for it. */
export const laneOf = (request: UpstreamRequest): Lane =>
  request.method === 'GET' ? (request.lane ?? 'interactive') : 'write';
