import pMap from 'p-map';
import type { UpstreamReply } from './exchange.js';
import { UpstreamFault } from './upstream-fault.js';

/** Logto's largest page; more is a 400. */
export const PAGE_SIZE = 100;

export interface EveryPage {
  /** In Logto's order, the first page first. */
  readonly pages: readonly UpstreamReply[];
  /** `Total-Number` of the first page. */
  readonly total: number;
  /** Every page named the same total: nobody joined or left while reading. */
  readonly consistent: boolean;
}

export interface PagingOptions {
  /** How many pages may travel side by side. */
  readonly fanout: number;
  /** Rows wanted at most; pages beyond are not read. */
  readonly limit?: number | undefined;
}

/**
 * Reads a list page by page: the first says how many there are, the others travel side by side. Pages are counted by
 * `Total-Number`; Logto's own `Link` lacks /api and leads to a web page.
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
      'a full page came without Total-Number: nobody knows whether there are more',
    );
  }
  const count = Math.ceil(Math.min(total, limit) / PAGE_SIZE);
  const others = Array.from({ length: Math.max(0, count - 1) }, (_, index) => index + 2);
  const rest = await pMap(others, readPage, { concurrency: fanout });
  return { pages: [first, ...rest], total, consistent: rest.every((page) => page.total === total) };
}
