import { Readable } from 'node:stream';
import { Injectable, StreamableFile } from '@nestjs/common';
import type { Caller } from '../access/caller.js';
import type { PublicMemberDto } from '../members/member.dto.js';
import { MembersUpstream } from '../members/members.upstream.js';
import { membersAsSeenBy } from '../members/public-member.js';
import type { UpstreamReply } from '../upstream/exchange.js';
import { PAGE_SIZE } from '../upstream/paging.js';

/** Members seen lately: enough to know again those that pages repeat when thousands join or leave meanwhile. */
const REMEMBERED = 100 * PAGE_SIZE;

/** Lines are handed on in pieces of about so many characters: few writes, and little that waits for a slow reader. */
const PIECE = 16 * 1024;

/** Every member of an organization as a line of JSON, however many there are. */
@Injectable()
export class MemberExportService {
  constructor(private readonly members: MembersUpstream) {}

  /** Reads the first page before it answers, so that what goes wrong at the start is still a problem and no cut stream. */
  async stream(id: string, caller: Caller): Promise<StreamableFile> {
    const readPage = (page: number): Promise<UpstreamReply> => this.members.exportPage(id, page);
    const first = await readPage(1);
    if (first.total === 0) await this.members.requireOrganization(id);
    const lines = Readable.from(exportLines(first, readPage, caller), { objectMode: false, highWaterMark: PIECE });
    const file = new StreamableFile(lines, { type: 'application/x-ndjson' });
    // The status is out: a cut connection is what tells the reader, as does the missing last line.
    file.setErrorHandler((_error, response) => response.destroy?.());
    return file;
  }
}

/** The lines of an export, in pieces; the last line counts them. */
export async function* exportLines(
  first: UpstreamReply,
  readPage: (page: number) => Promise<UpstreamReply>,
  caller: Caller,
): AsyncGenerator<string> {
  const recent = new RecentIds(REMEMBERED);
  let count = 0;
  for await (const page of pagesFrom(first, readPage)) {
    const members = membersAsSeenBy(caller, page.payload).json<PublicMemberDto[]>();
    const fresh = members.filter(({ id }) => recent.add(id));
    count += fresh.length;
    yield* piecesOf(fresh);
  }
  yield `${JSON.stringify({ complete: true, count })}\n`;
}

function* piecesOf(members: readonly PublicMemberDto[]): Generator<string> {
  let piece = '';
  for (const member of members) {
    piece += `${JSON.stringify(member)}\n`;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece) yield piece;
}

/**
 * The pages in order, one asked for ahead of the reader. A page is an offset into a list that may change: when it shrank,
 * those behind are read again, lest somebody is skipped.
 */
async function* pagesFrom(
  first: UpstreamReply,
  readPage: (page: number) => Promise<UpstreamReply>,
): AsyncGenerator<UpstreamReply> {
  let reply = first;
  let total = first.total ?? 0;
  for (let page = 1; ;) {
    const shrunkBy = total - (reply.total ?? 0);
    total -= shrunkBy;
    if (shrunkBy > 0 && page > 1) {
      page = Math.max(1, page - Math.ceil(shrunkBy / PAGE_SIZE));
      // oxlint-disable-next-line no-await-in-loop -- where to go on depends on what came
      reply = await readPage(page);
      continue;
    }
    const ahead = page * PAGE_SIZE < total ? readPage(page + 1) : undefined;
    // Failing while the reader is slow is told when its turn comes.
    ahead?.catch(() => undefined);
    yield reply;
    if (!ahead) return;
    // oxlint-disable-next-line no-await-in-loop -- the reader's pace decides when the next page is due
    reply = await ahead;
    page += 1;
  }
}

/** Remembers the ids seen last. */
class RecentIds {
  readonly #ids = new Set<string>();

  constructor(private readonly most: number) {}

  /** Whether the id is new. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > this.most && oldest !== undefined) this.#ids.delete(oldest);
    return true;
  }
}
