import { randomBytes } from 'node:crypto';
import { longId } from '../data/ids.js';
import type { Hook } from '../data/rows.js';
import { json, noContent } from '../http/exchange.js';
import { anyObject, array, boolean, object, optional, string } from '../http/guard.js';
import { pageOf, optionalWindow } from '../http/paging.js';
import { notExistsWithId } from '../http/refusal.js';
import type { ApiRoute, Call } from './call.js';

const creation = object({
  name: optional(string({ max: 256 })),
  events: array(string({ min: 1 }), { min: 1 }),
  config: object({ url: string({ pattern: /^https?:\/\//, url: true }), headers: optional(anyObject) }),
  enabled: optional(boolean),
});

function findHook({ tables, param }: Call): Hook {
  const hook = tables.hooks.get(param('id'));
  if (!hook) throw notExistsWithId('hooks', param('id'));
  return hook;
}

function create({ tables, body }: Call) {
  const given = body(creation);
  const hook: Hook = {
    tenantId: 'default',
    id: longId(),
    name: given.name ?? '',
    event: null,
    events: given.events,
    config: given.config,
    signingKey: randomBytes(16).toString('hex'),
    enabled: given.enabled ?? true,
    createdAt: Date.now(),
  };
  tables.hooks.set(hook.id, hook);
  return json(201, hook);
}

function remove(call: Call) {
  call.tables.hooks.delete(findHook(call).id);
  return noContent();
}

export const hookRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    path: '/hooks',
    handle: ({ request, tables }) => pageOf(request, [...tables.hooks.values()], optionalWindow(request.query)),
  },
  { method: 'POST', path: '/hooks', handle: create },
  { method: 'GET', path: '/hooks/:id', handle: (call) => json(200, findHook(call)) },
  { method: 'DELETE', path: '/hooks/:id', handle: remove },
];
