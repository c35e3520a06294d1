import { Readable } from 'node:stream';
import { Injectable, StreamableFile } from '@nestjs/common';
import type { Caller } from '../access/caller.js';
import type { PublicMemberDto } from '../members/member.dto.js';
import { MembersUpstream } from '../members/members.upstream.js';
import { membersAsSeenBy } from '../members/public-member.js';
import type { UpstreamReply } from '../core/exchange.js';
import { PAGE_SIZE } from '../upstream/paging.js';

/** How many recent ids are kept, to detect members that pages repeat when thousands join or leave during the export. */
const RECENT_IDS = 100 * PAGE_SIZE;

/** Approximate characters per chunk: few writes, and little is buffered for a slow reader. */
const CHUNK_SIZE = 16 * 1024;

/** Streams all members of an organization, one line of JSON each, however many there are. */
@Injectable()
export class MemberExportService {
  constructor(private readonly members: MembersUpstream) {}

  /** Reads the first page before the response starts, so that its failure is a problem response and not a truncated stream. */
  async stream(id: string, caller: Caller): Promise<StreamableFile> {
    const readPage = (page: number): Promise<UpstreamReply> => this.members.exportPage(id, page);
    const first = await readPage(1);
    if (first.total === 0) await this.members.requireOrganization(id);
    const lines = Readable.from(exportLines(first, readPage, caller), { objectMode: false, highWaterMark: CHUNK_SIZE });
    const file = new StreamableFile(lines, { type: 'application/x-ndjson' });
    // The status is already sent, so a closed connection and the missing last line tell the reader of the failure.
    file.setErrorHandler((_error, response) => response.destroy?.());
    return file;
  }
}

/** The lines of an export in chunks; the last line has their number. */
export async function* exportLines(
  first: UpstreamReply,
  readPage: (page: number) => Promise<UpstreamReply>,
  caller: Caller,
): AsyncGenerator<string> {
  const recent = new RecentIds(RECENT_IDS);
  let count = 0;
  for await (const page of pagesFrom(first, readPage)) {
    const members = membersAsSeenBy(caller, page.payload).json<PublicMemberDto[]>();
    const fresh = members.filter(({ id }) => recent.add(id));
    count += fresh.length;
    yield* chunksOf(fresh);
  }
  yield `${JSON.stringify({ complete: true, count })}\n`;
}

function* chunksOf(members: readonly PublicMemberDto[]): Generator<string> {
  let chunk = '';
  for (const member of members) {
    chunk += `${JSON.stringify(member)}\n`;
    if (chunk.length < CHUNK_SIZE) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk) yield chunk;
}

/**
 * The pages in order, requested one ahead of the reader. A page is an offset into a list that may change: when the list has
 * become shorter, earlier pages are read again, so that no member is skipped.
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
      // oxlint-disable-next-line no-await-in-loop -- the next page depends on this reply
      reply = await readPage(page);
      continue;
    }
    const ahead = page * PAGE_SIZE < total ? readPage(page + 1) : undefined;
    // If it fails while the reader is slow, the error is thrown when it is awaited below.
    ahead?.catch(() => undefined);
    yield reply;
    if (!ahead) return;
    // oxlint-disable-next-line no-await-in-loop -- the reader determines the pace
    reply = await ahead;
    page += 1;
  }
}

/** The most recent distinct ids. */
class RecentIds {
  readonly #ids = new Set<string>();

  constructor(private readonly max: number) {}

  /** Whether the id is new. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > this.max && oldest !== undefined) this.#ids.delete(oldest);
    return true;
  }
}
