import type { Relation } from '../data/relation.js';
import type { Tables } from '../data/tables.js';
import { created, noContent } from '../http/exchange.js';
import { array, object, string } from '../http/guard.js';
import { pageOf, optionalWindow } from '../http/paging.js';
import { notFound, unknownReference } from '../http/refusal.js';
import type { ApiRoute, Call } from './call.js';
import { requireExisting } from './references.js';
import { rowsOf, sortedByName } from '../data/views.js';

/** Organization roles have organization scopes and scopes of API resources under the same rules. */
interface Kind {
  readonly segment: string;
  readonly field: string;
  relation(tables: Tables): Relation;
  table(tables: Tables): ReadonlyMap<string, { readonly name: string }>;
}
const kinds: readonly Kind[] = [
  {
    segment: 'scopes',
    field: 'organizationScopeIds',
    relation: (tables) => tables.roleScopes,
    table: (tables) => tables.organizationScopes,
  },
  {
    segment: 'resource-scopes',
    field: 'scopeIds',
    relation: (tables) => tables.roleResourceScopes,
    table: (tables) => tables.resourceScopes,
  },
];

function routesOf({ segment, field, relation, table }: Kind): readonly ApiRoute[] {
  const requestedIds = ({ tables, body }: Call, min: number) => {
    const ids = body(object({ [field]: array(string({ min: 1 }), { min }) }))[field] ?? [];
    requireExisting(ids, table(tables));
    return ids;
  };
  const findRoleId = ({ tables, param }: Call, refusal: () => Error) => {
    if (!tables.organizationRoles.has(param('id'))) throw refusal();
    return param('id');
  };
  const emitUpdated = (call: Call) => call.emit('OrganizationRole.Scopes.Updated');

  const base = `/organization-roles/:id/${segment}`;
  return [
    {
      method: 'GET',
      path: base,
      handle: (call) => {
        const { tables, request } = call;
        const rows = sortedByName(rowsOf(table(tables), relation(tables).get(findRoleId(call, notFound))));
        return pageOf(request, rows, optionalWindow(request.query));
      },
    },
    {
      method: 'POST',
      path: base,
      handle: (call) => {
        const ids = requestedIds(call, 1);
        relation(call.tables).add(findRoleId(call, unknownReference), ids);
        emitUpdated(call);
        return created();
      },
    },
    {
      method: 'PUT',
      path: base,
      handle: (call) => {
        const ids = requestedIds(call, 0);
        relation(call.tables).replace(findRoleId(call, unknownReference), ids);
        emitUpdated(call);
        return noContent();
      },
    },
    {
      method: 'DELETE',
      path: `${base}/:scopeId`,
      handle: (call) => {
        if (!relation(call.tables).remove(call.param('id'), call.param('scopeId'))) throw notFound();
        emitUpdated(call);
        return noContent();
      },
    },
  ];
}

export const scopeSubroutes: readonly ApiRoute[] = kinds.flatMap(routesOf);
