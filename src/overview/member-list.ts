import type { MemberDto } from '../members/member.dto.js';
import type { UpstreamReply } from '../core/exchange.js';
import { readEveryPage } from '../upstream/paging.js';

/** Members of an organization, up to a limit. */
export interface MemberList {
  /** Sorted by user id, each once. */
  readonly members: readonly MemberDto[];
  /** The number of all members, regardless of the limit. */
  readonly total: number;
  /** Whether the list did not change while it was read. */
  readonly consistent: boolean;
  readonly pages: readonly UpstreamReply[];
}

interface Bounds {
  readonly fanout: number;
  /** The maximum number of members to read. */
  readonly limit: number;
}

/**
 * Reads members page by page. The pages are not a snapshot: a member who leaves in between shifts the others, and then the
 * totals of the pages differ. In that case the list is read once more from Logto; if it changes again, it is marked as
 * inconsistent.
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
    // Lazy, because an aggregate that is already rendered needs the pages only.
    get members() {
      return (merged ??= merge(pages).slice(0, bounds.limit));
    },
    total,
    consistent,
    pages,
  };
}

const merge = (pages: readonly UpstreamReply[]): readonly MemberDto[] => [
  ...new Map(pages.flatMap((page) => page.payload.json<MemberDto[]>()).map((member) => [member.id, member])).values(),
];
