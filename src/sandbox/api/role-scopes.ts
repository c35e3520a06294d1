import type { Relation } from '../data/relation.js';
import type { Tables } from '../data/tables.js';
import { created, noContent } from '../http/exchange.js';
import { array, object, string } from '../http/guard.js';
import { pageOf, windowIfAsked } from '../http/paging.js';
import { notFound, unknownReference } from '../http/refusal.js';
import type { ApiRoute, Call } from './call.js';
import { mustExist } from './references.js';
import { rowsOf, sortedByName } from './views.js';

/** Organization scopes and scopes of APIs hang on an organization role in the same way. */
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
  const given = ({ tables, body }: Call, min: number) => {
    const ids = body(object({ [field]: array(string({ min: 1 }), { min }) }))[field] ?? [];
    mustExist(ids, table(tables));
    return ids;
  };
  const known = ({ tables, param }: Call, refusal: () => Error) => {
    if (!tables.organizationRoles.has(param('id'))) throw refusal();
    return param('id');
  };
  const changed = (call: Call) => call.announce('OrganizationRole.Scopes.Updated');

  const base = `/organization-roles/:id/${segment}`;
  return [
    {
      method: 'GET',
      path: base,
      handle: (call) => {
        const { tables, request } = call;
        const rows = sortedByName(rowsOf(table(tables), relation(tables).of(known(call, notFound))));
        return pageOf(request, rows, windowIfAsked(request.query));
      },
    },
    {
      method: 'POST',
      path: base,
      handle: (call) => {
        const ids = given(call, 1);
        relation(call.tables).add(known(call, unknownReference), ids);
        changed(call);
        return created();
      },
    },
    {
      method: 'PUT',
      path: base,
      handle: (call) => {
        const ids = given(call, 0);
        relation(call.tables).replace(known(call, unknownReference), ids);
        changed(call);
        return noContent();
      },
    },
    {
      method: 'DELETE',
      path: `${base}/:scopeId`,
      handle: (call) => {
        if (!relation(call.tables).remove(call.param('id'), call.param('scopeId'))) throw notFound();
        changed(call);
        return noContent();
      },
    },
  ];
}

export const scopeSubroutes: readonly ApiRoute[] = kinds.flatMap(routesOf);
