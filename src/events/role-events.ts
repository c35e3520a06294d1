import { randomUUID } from 'node:crypto';
import { requestContext } from '../context/request-context.js';

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
  /** `X-Request-Id` of the write, under which log and audit trail have it. */
  readonly requestId: string | undefined;
  readonly data: readonly RoleChange[];
}

/** Tells the operator's receiver of changed roles: Logto has no event for them. */
export class RoleEvents {
  constructor(private readonly send: (event: RoleEvent) => Promise<void>) {}

  /** To be called after a write that Logto confirmed. Waits until the event is queued, not until it is delivered; never fails. */
  async changed(organizationId: string, data: readonly RoleChange[]): Promise<void> {
    if (data.length === 0) return;
    await this.send({
      event: 'Organization.MemberRoles.Updated',
      createdAt: new Date().toISOString(),
      organizationId,
      eventId: randomUUID(),
      requestId: requestContext()?.id,
      data,
    });
  }
}
