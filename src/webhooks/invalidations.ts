import { TAGS } from '../upstream/freshness.js';

/** The fields of an event that the gateway uses; Logto sends more. */
export interface LogtoEvent {
  readonly event: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly organizationId?: string;
  readonly params?: { readonly id?: string };
  readonly data?: { readonly id?: string } | null;
}

const subjectId = ({ organizationId, data, params }: LogtoEvent): string =>
  organizationId ?? data?.id ?? params?.id ?? '';

/**
 * The cache tags that an event invalidates. When a role or a user is deleted, Logto sends no further events for the members
 * who lost the role or for the memberships of the user. For role assignments Logto sends no event at all, so only their
 * freshness limits their age.
 */
const RULES: readonly (readonly [event: RegExp, tags: (id: string) => readonly string[]])[] = [
  [/^Organization\.Created$/, (id) => [TAGS.organization(id), TAGS.organizations]],
  [/^Organization\.Data\.Updated$/, (id) => [TAGS.organization(id), TAGS.organizations]],
  [/^Organization\.Deleted$/, (id) => [TAGS.organization(id), TAGS.organizations, TAGS.members(id), TAGS.memberships]],
  [/^Organization\.Membership\.Updated$/, (id) => [TAGS.members(id), TAGS.memberships]],
  [/^Organization(Role|Scope)\./, () => [TAGS.catalogue, TAGS.people, TAGS.memberships]],
  [/^User\./, (id) => [TAGS.user(id), TAGS.people, TAGS.memberships]],
];

/** The cache tags that an event invalidates; none for irrelevant events. */
export const tagsOf = (event: LogtoEvent): readonly string[] =>
  RULES.find(([pattern]) => pattern.test(event.event))?.[1](subjectId(event)) ?? [];
