import { TAGS } from '../upstream/freshness.js';

/** What the gateway reads of an event; Logto sends more. */
export interface LogtoEvent {
  readonly event: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly organizationId?: string;
  readonly params?: { readonly id?: string };
  readonly data?: { readonly id?: string } | null;
}

const subject = ({ organizationId, data, params }: LogtoEvent): string =>
  organizationId ?? data?.id ?? params?.id ?? '';

/**
 * What an event makes untrue. Deleting a role or a user tells of that alone: that members lost it, or left, goes without
 * an event of its own. Role assignments send no event at all; their freshness is what bounds their age.
 */
const RULES: readonly (readonly [event: RegExp, tags: (id: string) => readonly string[]])[] = [
  [/^Organization\.Created$/, (id) => [TAGS.organization(id), TAGS.organizations]],
  [/^Organization\.Data\.Updated$/, (id) => [TAGS.organization(id), TAGS.organizations]],
  [/^Organization\.Deleted$/, (id) => [TAGS.organization(id), TAGS.organizations, TAGS.members(id), TAGS.memberships]],
  [/^Organization\.Membership\.Updated$/, (id) => [TAGS.members(id), TAGS.memberships]],
  [/^Organization(Role|Scope)\./, () => [TAGS.catalogue, TAGS.people, TAGS.memberships]],
  [/^User\./, (id) => [TAGS.user(id), TAGS.people, TAGS.memberships]],
];

/** Tags of the answers an event makes untrue; none for events that concern nothing here. */
export const tagsOf = (event: LogtoEvent): readonly string[] =>
  RULES.find(([pattern]) => pattern.test(event.event))?.[1](subject(event)) ?? [];
