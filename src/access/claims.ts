import type { JWTPayload } from 'jose';
import type { Caller } from './caller.js';

const ORGANIZATION_AUDIENCE = 'urn:logto:organization:';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/**
 * The caller that verified claims identify; undefined when they are for another audience or contradictory.
 * @param audience the gateway's own API resource
 */
export function callerOf(claims: JWTPayload, audience: string): Caller | undefined {
  const subject = text(claims.sub);
  // A token without `client_id` is never a machine's, because machines get the broadest permissions.
  const clientId = text(claims['client_id']) ?? '';
  if (!subject) return undefined;
  const identity = {
    subject,
    clientId,
    machine: subject === clientId,
    scopes: new Set((text(claims['scope']) ?? '').split(' ').filter(Boolean)),
  };

  const audiences: unknown[] = [claims.aud ?? []].flat();
  const only = text(audiences[0]);
  if (only === undefined || audiences.length !== 1) return undefined;
  const named = text(claims['organization_id']);
  // An unreadable organization is not the same as none: without an organization, scopes apply more broadly.
  if (named === undefined && claims['organization_id'] !== undefined) return undefined;
  if (only.startsWith(ORGANIZATION_AUDIENCE)) {
    const organizationId = only.slice(ORGANIZATION_AUDIENCE.length);
    if (!organizationId || (named && named !== organizationId)) return undefined;
    return { kind: 'organization', organizationId, ...identity };
  }
  if (only !== audience) return undefined;
  if (named) return { kind: 'organization', organizationId: named, ...identity };
  return identity.machine ? { kind: 'service', ...identity } : { kind: 'user', ...identity };
}
