import type { Caller } from '../access/caller.js';
import type { Problem } from '../http/problems/problem.js';
import { Representation } from '../http/answers/representation.js';

/** The maximum number of ids of each kind: replacing ten thousand members must not write a line of a hundred kilobytes. */
const MOST_LISTED = 100;

/** Who did what to whom. Ids are the only personal data in it. */
export interface AuditRecord {
  readonly audit: true;
  readonly requestId: string;
  readonly operation: string;
  readonly actor: { readonly kind: string; readonly sub: string; readonly clientId: string };
  readonly organizationId: string | undefined;
  readonly users: IdList;
  readonly roles: IdList;
  /** Roles that the caller gave by name. */
  readonly roleNames: IdList | undefined;
  /** The users for whom a partly successful write failed. */
  readonly failedUsers: IdList | undefined;
  /** `unknown`: it failed at Logto, and all or some of it may have happened. */
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

/** The parts of a write that the audit trail records. */
export interface AuditedRequest {
  readonly id: string;
  readonly caller: Caller | undefined;
  /** The parameters of its path. */
  readonly params: Readonly<Record<string, string>>;
  /** Its parsed body. */
  readonly body: unknown;
}

/** @param operation the operation's id */
export function auditRecord(
  operation: string,
  { id, caller, params, body: given }: AuditedRequest,
  end: { readonly result?: unknown; readonly problem?: Problem },
): AuditRecord {
  const body = (typeof given === 'object' && given !== null ? given : {}) as Body;
  const members = Array.isArray(body.members)
    ? (body.members as { userId?: unknown; organizationRoleIds?: unknown; organizationRoleNames?: unknown }[])
    : [];
  const status = end.problem?.status ?? 200;
  const roleNames = listOf(
    body.organizationRoleNames,
    members.map((member) => member?.organizationRoleNames),
  );
  const partialFailure = end.result instanceof Representation ? end.result.options.partialFailure : undefined;
  return {
    audit: true,
    requestId: id,
    operation,
    actor: { kind: caller?.kind ?? '', sub: caller?.subject ?? '', clientId: caller?.clientId ?? '' },
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
    failedUsers: partialFailure && listOf([...partialFailure.failedUserIds]),
    outcome: partialFailure?.outcome ?? (status < 400 ? 'done' : status < 500 ? 'refused' : 'unknown'),
    code: end.problem?.code,
  };
}
