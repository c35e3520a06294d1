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

/** Every member of an organization as a line of JSON, however many there are. */
@Injectable()
export class MemberExportService {
  constructor(private readonly members: MembersUpstream) {}

  /** Reads the first page before it answers, so that what goes wrong at the start is still a problem and no cut stream. */
  async stream(id: string, caller: Caller): Promise<StreamableFile> {
    const readPage = (page: number): Promise<UpstreamReply> => this.members.exportPage(id, page);
    const first = await readPage(1);
    if (first.total === 0) await this.members.requireOrganization(id);
    const lines = Readable.from(exportLines(first, readPage, caller), { objectMode: false });
    const file = new StreamableFile(lines, { type: 'application/x-ndjson' });
    // The status is out: a cut connection is what tells the reader, as does the missing last line.
    file.setErrorHandler((_error, response) => response.destroy?.());
    return file;
  }
}

/**
 * The lines of an export, a page at a time; the reader's pace decides when the next page is asked for, one ahead.
 * Pages are offsets into a list that may change: when it shrank, the pages behind are read again, lest somebody is skipped.
 */
export async function* exportLines(first: UpstreamReply, readPage: (page: number) => Promise<UpstreamReply>, caller: Caller): AsyncGenerator<string> {
  const seen = new Set<string>();
  let reply = first;
  let total = first.total ?? 0;
  let count = 0;
  for (let page = 1; ; ) {
    const present = reply.total ?? 0;
    if (present < total && page > 1) {
      page = Math.max(1, page - Math.ceil((total - present) / PAGE_SIZE));
      total = present;
      reply = await readPage(page);
      continue;
    }
    total = present;
    const last = page * PAGE_SIZE >= total;
    const ahead = last ? undefined : readPage(page + 1);
    // Failing while the reader is slow is told when its turn comes.
    ahead?.catch(() => undefined);
    const fresh = membersAsSeenBy(caller, reply.payload)
      .json<PublicMemberDto[]>()
      .filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    for (const id of seen) {
      if (seen.size <= REMEMBERED) break;
      seen.delete(id);
    }
    count += fresh.length;
    if (fresh.length > 0) yield `${fresh.map((member) => JSON.stringify(member)).join('\n')}\n`;
    if (!ahead) break;
    reply = await ahead;
    page += 1;
  }
  yield `${JSON.stringify({ complete: true, count })}\n`;
}
