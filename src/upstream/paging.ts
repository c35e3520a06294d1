import pMap from 'p-map';
import type { UpstreamReply } from '../core/exchange.js';
import { UpstreamFault } from '../core/faults.js';

/** Logto's maximum page size. It answers 400 to a larger one. */
export const PAGE_SIZE = 100;

export interface EveryPage {
  /** In order. */
  readonly pages: readonly UpstreamReply[];
  /** `Total-Number` of the first page. */
  readonly total: number;
  /** Every page has the same total, so no row was added or removed while reading. */
  readonly consistent: boolean;
}

export interface PagingOptions {
  /** How many pages are read concurrently. */
  readonly fanout: number;
  /** How many rows are wanted. Pages beyond them are not read. */
  readonly limit?: number | undefined;
}

/**
 * Reads the first page of a list, which says how many pages there are, and then the others concurrently. Pages are counted by
 * `Total-Number`, because the URLs in Logto's `Link` lack /api and lead to a web page.
 */
export async function readEveryPage(
  readPage: (page: number) => Promise<UpstreamReply>,
  { fanout, limit = Infinity }: PagingOptions,
): Promise<EveryPage> {
  const first = await readPage(1);
  const total = first.total ?? first.payload.json<unknown[]>().length;
  if (first.total === undefined && total >= PAGE_SIZE) {
    throw new UpstreamFault(
      'upstream.invalid_response',
      'a full page came without Total-Number, so whether there are more pages is unknown',
    );
  }
  const count = Math.ceil(Math.min(total, limit) / PAGE_SIZE);
  const others = Array.from({ length: Math.max(0, count - 1) }, (_, index) => index + 2);
  const rest = await pMap(others, readPage, { concurrency: fanout });
  return { pages: [first, ...rest], total, consistent: rest.every((page) => page.total === total) };
}
