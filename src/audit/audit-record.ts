import type { AuthenticatedRequest } from '../access/authenticate.middleware.js';
import { requestContext } from '../context/request-context.js';
import type { Problem } from '../http/problem.js';
import { Representation } from '../http/representation.js';

/** Ids listed of each kind; a replacement of ten thousand members shall not make a line of a hundred kilobytes. */
const MOST_LISTED = 100;

/** Who did what to whom, by ids: nothing of it is personal beyond that. */
export interface AuditRecord {
  readonly audit: true;
  readonly requestId: string | undefined;
  readonly operation: string;
  readonly actor: { readonly kind: string; readonly sub: string; readonly clientId: string };
  readonly organizationId: string | undefined;
  readonly users: IdList;
  readonly roles: IdList;
  /** Roles the caller named by name. */
  readonly roleNames: IdList | undefined;
  /** For whom it was not done, where it was done for some. */
  readonly failedUsers: IdList | undefined;
  /** `unknown`: it failed behind us, and may have happened, all or some of it. */
  readonly outcome: 'done' | 'partly' | 'refused' | 'unknown';
  readonly code: string | undefined;
}

interface IdList {
  readonly count: number;
  /** The first hundred. */
  readonly ids: readonly string[];
}

interface Body {
  readonly userIds?: unknown;
  readonly organizationRoleIds?: unknown;
  readonly organizationRoleNames?: unknown;
  readonly members?: unknown;
}

const texts = (value: unknown): string[] => [value].flat(2).filter((item): item is string => typeof item === 'string');
const listOf = (...values: unknown[]): IdList => {
  const ids = [...new Set(values.flatMap(texts))];
  return { count: ids.length, ids: ids.slice(0, MOST_LISTED) };
};

const created = (result: unknown): string | undefined =>
  result instanceof Representation && result.options.location ? result.payload.json<{ id?: string }>().id : undefined;

export function auditRecord(
  operation: string,
  request: AuthenticatedRequest,
  end: { readonly result?: unknown; readonly problem?: Problem },
): AuditRecord {
  const { caller, params } = request;
  const body = (typeof request.body === 'object' && request.body !== null ? request.body : {}) as Body;
  const members = Array.isArray(body.members)
    ? (body.members as { userId?: unknown; organizationRoleIds?: unknown; organizationRoleNames?: unknown }[])
    : [];
  const status = end.problem?.status ?? 200;
  const roleNames = listOf(
    body.organizationRoleNames,
    members.map((member) => member?.organizationRoleNames),
  );
  const shortfall = end.result instanceof Representation ? end.result.options.shortfall : undefined;
  return {
    audit: true,
    requestId: requestContext()?.id,
    operation,
    actor: { kind: caller.kind, sub: caller.subject, clientId: caller.clientId },
    organizationId: texts(params['id'])[0] ?? created(end.result),
    users: listOf(
      params['userId'],
      body.userIds,
      members.map((member) => member?.userId),
    ),
    roles: listOf(
      params['roleId'],
      body.organizationRoleIds,
      members.map((member) => member?.organizationRoleIds),
    ),
    roleNames: roleNames.count > 0 ? roleNames : undefined,
    failedUsers: shortfall && listOf([...shortfall.failedUserIds]),
    outcome: shortfall?.outcome ?? (status < 400 ? 'done' : status < 500 ? 'refused' : 'unknown'),
    code: end.problem?.code,
  };
}
