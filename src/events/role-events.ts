import { randomUUID } from 'node:crypto';
import { BEGINNING, type Position } from '../core/position.js';
import { requestContext } from '../core/request-context.js';
import type { KeyedMutex } from '../locks/keyed-mutex.js';
import type { UpstreamReply } from '../core/exchange.js';

/** The change of one member's roles, as far as it follows from the write itself. Applying it twice does no harm. */
export type RoleChange = { readonly userId: string } & (
  | {
      /** The member has these now. It may have had some of them before. */
      readonly addedRoleIds: readonly string[];
    }
  | {
      /** The member no longer has these. */
      readonly removedRoleIds: readonly string[];
    }
  | {
      /** The member has exactly these. Roles that the request named by name are given by name. */
      readonly replacedWith: { readonly roleIds: readonly string[]; readonly roleNames: readonly string[] };
    }
);

/** The payload: that of Logto's own webhooks, with additional fields. */
export interface RoleEvent {
  readonly event: 'Organization.MemberRoles.Updated';
  /** ISO 8601. */
  readonly createdAt: string;
  readonly organizationId: string;
  /** The same in every delivery of an event. */
  readonly eventId: string;
  /**
   * `milliseconds-sequence`, which orders the writes of an organization. A receiver that applies its events in this order, by
   * milliseconds and then by sequence, ends with the right roles, even if it applies an event twice.
   */
  readonly position: Position;
  /** `X-Request-Id` of the write, which log and audit trail contain. */
  readonly requestId: string | undefined;
  readonly data: readonly RoleChange[];
}

/** Publishes changes of member roles, for which Logto has no webhook. */
export class RoleEvents {
  constructor(
    private readonly publish: (event: RoleEvent) => Promise<void>,
    private readonly mutex: Pick<KeyedMutex, 'run'>,
  ) {}

  /**
   * Performs a write that changes roles, and publishes an event once Logto has confirmed it. Such writes of one organization are
   * serialized, so that their positions are the order in which Logto performed them. Waits until the event is queued, not until
   * it is delivered.
   * @param changesOf returns the changes, given Logto's reply
   */
  write(
    organizationId: string,
    write: () => Promise<UpstreamReply>,
    changesOf: (reply: UpstreamReply) => readonly RoleChange[],
  ): Promise<UpstreamReply> {
    return this.mutex.run(`roles:${organizationId}`, { isConditional: false }, async () => {
      const reply = await write();
      const data = changesOf(reply);
      if (data.length > 0) await this.publish(eventOf(organizationId, reply.position ?? BEGINNING, data));
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
