import type { Tables } from '../data/tables.js';
import { sendEvent } from './send-event.js';
import { BodyTooLarge, readBody } from '../http/bodies.js';
import { noContent, text, type SandboxAnswer, type SandboxRequest } from '../http/exchange.js';
import { BareRefusal, Refusal } from '../http/refusal.js';
import { Router } from '../http/router.js';
import type { SigningKey } from '../oidc/keys.js';
import { makeAuthorize } from './authorization.js';
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

function errorAnswer(error: unknown, acceptLanguage: string | undefined): SandboxAnswer {
  if (error instanceof Refusal) return error.answer(acceptLanguage);
  if (error instanceof BareRefusal) return error.answer();
  if (error instanceof BodyTooLarge) return text(404, 'Not Found');
  throw error;
}

/** The Management API. It checks in Logto's order: route, token, scope, body, membership, database. `path` has no /api prefix. */
export function makeApi(tables: Tables, key: SigningKey, issuer: string) {
  const authorize = makeAuthorize(key, issuer);
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
      await authorize(headers['authorization']);
      const body = WITH_BODY.has(method) ? readBody(request) : {};
      const events: [event: string, fields: object][] = [];
      const call = callOf(request, tables, found.params, body, (event, fields = {}) => events.push([event, fields]));
      const answer = found.route.handle(call);
      const common = { path, method, status: answer.status, params: found.params, matchedRoute: found.route.path };
      for (const [event, fields] of events) sendEvent(tables, event, { ...common, ...fields });
      return answer;
    } catch (error) {
      return errorAnswer(error, headers['accept-language']);
    }
  };
}
