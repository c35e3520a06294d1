import type { MemberDto } from '../members/member.dto.js';
import type { UpstreamReply } from '../upstream/exchange.js';
import { readEveryPage } from '../upstream/paging.js';

/** Members of an organization, as far as they were wanted. */
export interface MemberList {
  /** By user id, each once. */
  readonly members: readonly MemberDto[];
  /** How many there are, wanted or not. */
  readonly total: number;
  /** Nobody joined or left while they were read. */
  readonly consistent: boolean;
  readonly pages: readonly UpstreamReply[];
}

interface Bounds {
  readonly fanout: number;
  /** Members wanted at most. */
  readonly limit: number;
}

/**
 * Reads members page by page. A page is no snapshot: who leaves meanwhile shifts the rest by one, and then the pages' totals
 * differ. The list is then read once more from Logto; if it still moves, it says so.
 */
export async function readMembers(
  readPage: (page: number, refresh: boolean) => Promise<UpstreamReply>,
  bounds: Bounds,
): Promise<MemberList> {
  const first = await readEveryPage((page) => readPage(page, false), bounds);
  const { pages, total, consistent } = first.consistent
    ? first
    : await readEveryPage((page) => readPage(page, true), bounds);
  let merged: readonly MemberDto[] | undefined;
  return {
    // An aggregate that was written before asks for its pages only.
    get members() {
      return (merged ??= mergedOf(pages).slice(0, bounds.limit));
    },
    total,
    consistent,
    pages,
  };
}

const mergedOf = (pages: readonly UpstreamReply[]): readonly MemberDto[] => [
  ...new Map(pages.flatMap((page) => page.payload.json<MemberDto[]>()).map((member) => [member.id, member])).values(),
];
