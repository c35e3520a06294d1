import { randomUUID } from 'node:crypto';
import { BEGINNING, type Position } from '../cache/log-record.js';
import { requestContext } from '../context/request-context.js';
import type { KeyedMutex } from '../locks/keyed-mutex.js';
import type { UpstreamReply } from '../upstream/exchange.js';

/**
 * What a write has done to one member's roles, as far as the write itself says it. Each kind may be applied more than once
 * to what a receiver knows.
 */
export type RoleChange = { readonly userId: string } & (
  | {
      /** The member has these since; some of them perhaps before. */
      readonly addedRoleIds: readonly string[];
    }
  | {
      /** The member has these no more. */
      readonly removedRoleIds: readonly string[];
    }
  | {
      /** The member has these and no others. Roles that were named by name come by name. */
      readonly replacedWith: { readonly roleIds: readonly string[]; readonly roleNames: readonly string[] };
    }
);

/** What the receiver gets: the shape of Logto's own events, with two ids of ours. */
export interface RoleEvent {
  readonly event: 'Organization.MemberRoles.Updated';
  /** ISO 8601. */
  readonly createdAt: string;
  readonly organizationId: string;
  /** The same when an event is sent again. */
  readonly eventId: string;
  /**
   * `milliseconds-number`: the order of writes. Whoever applies the events of an organization by it, by milliseconds and then
   * by number, and each once or more, ends with the right roles.
   */
  readonly position: Position;
  /** `X-Request-Id` of the write, under which log and audit trail have it. */
  readonly requestId: string | undefined;
  readonly data: readonly RoleChange[];
}

/** Tells the operator's receiver of changed roles: Logto has no event for them. */
export class RoleEvents {
  constructor(
    private readonly send: (event: RoleEvent) => Promise<void>,
    private readonly mutex: Pick<KeyedMutex, 'run'>,
  ) {}

  /**
   * Does a write that changes roles, and tells of it once Logto has confirmed it. Such writes of one organization come one
   * after another, so that their positions are the order in which Logto carried them out. Waits until the event is queued, not
   * until it is delivered.
   * @param changesOf what the write has done, by its answer
   */
  write(
    organizationId: string,
    write: () => Promise<UpstreamReply>,
    changesOf: (reply: UpstreamReply) => readonly RoleChange[],
  ): Promise<UpstreamReply> {
    return this.mutex.run(`roles:${organizationId}`, { isConditional: false }, async () => {
      const reply = await write();
      const data = changesOf(reply);
      if (data.length > 0) await this.send(eventOf(organizationId, reply.position ?? BEGINNING, data));
      return reply;
    });
  }
}

const eventOf = (organizationId: string, position: Position, data: readonly RoleChange[]): RoleEvent => ({
  event: 'Organization.MemberRoles.Updated',
  createdAt: new Date().toISOString(),
  organizationId,
  eventId: randomUUID(),
  position,
  requestId: requestContext()?.id,
  data,
});
