import type { Tables } from '../data/tables.js';
import { tellHooks } from '../hooks.js';
import { BodyTooLarge, readBody } from '../http/bodies.js';
import { noContent, text, type SandboxAnswer, type SandboxRequest } from '../http/exchange.js';
import { BareRefusal, Refusal } from '../http/refusal.js';
import { Router } from '../http/router.js';
import type { SigningKey } from '../oidc/keys.js';
import { makeAdmission } from './admission.js';
import { applicationRoutes } from './applications.js';
import { callOf } from './call.js';
import { hookRoutes } from './hooks.js';
import { memberRoleRoutes } from './member-roles.js';
import { memberRoutes } from './members.js';
import { organizationApplicationRoutes } from './organization-applications.js';
import { organizationRoleRoutes } from './organization-roles.js';
import { organizationScopeRoutes } from './organization-scopes.js';
import { organizationRoutes } from './organizations.js';
import { resourceRoutes } from './resources.js';
import { roleRoutes } from './roles.js';
import { subjectTokenRoutes } from './subject-tokens.js';
import { userRoutes } from './users.js';

const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

function refusal(error: unknown, acceptLanguage: string | undefined): SandboxAnswer {
  if (error instanceof Refusal) return error.answer(acceptLanguage);
  if (error instanceof BareRefusal) return error.answer();
  if (error instanceof BodyTooLarge) return text(404, 'Not Found');
  throw error;
}

/** The Management API. Its order is Logto's: route, token, scope, body, membership, database. `path` comes without /api. */
export function makeApi(tables: Tables, key: SigningKey, issuer: string) {
  const admit = makeAdmission(key, issuer);
  const router = new Router([
    ...organizationRoutes,
    ...memberRoutes,
    ...memberRoleRoutes,
    ...organizationApplicationRoutes,
    ...organizationRoleRoutes,
    ...organizationScopeRoutes,
    ...userRoutes,
    ...applicationRoutes,
    ...resourceRoutes,
    ...roleRoutes,
    ...subjectTokenRoutes,
    ...hookRoutes,
  ]);

  return async (request: SandboxRequest, path: string): Promise<SandboxAnswer> => {
    const { method, headers } = request;
    if (/^\/status\/?$/i.test(path) && (method === 'GET' || method === 'HEAD')) return noContent();
    const found = router.find(method, path);
    if ('status' in found) return found;
    try {
      await admit(headers['authorization']);
      const body = WITH_BODY.has(method) ? readBody(request) : {};
      const told: [event: string, particulars: object][] = [];
      const call = callOf(request, tables, found.params, body, (event, particulars = {}) =>
        told.push([event, particulars]),
      );
      const answer = found.route.handle(call);
      const where = { path, method, status: answer.status, params: found.params, matchedRoute: found.route.path };
      for (const [event, particulars] of told) tellHooks(tables, event, { ...where, ...particulars });
      return answer;
    } catch (error) {
      return refusal(error, headers['accept-language']);
    }
  };
}
