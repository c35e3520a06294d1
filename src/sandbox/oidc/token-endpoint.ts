import type { Application, Resource } from '../data/rows.js';
import type { Tables } from '../data/tables.js';
import { readBody } from '../http/bodies.js';
import { json, type SandboxAnswer, type SandboxRequest } from '../http/exchange.js';
import { authenticateClient } from './client-authentication.js';
import { belongsTo, organizationScopeNames, resourceScopeNames, type Subject } from './grants.js';
import type { SigningKey } from './keys.js';
import { accessDenied, invalidRequest, invalidTarget, OidcRefusal } from './oidc-refusal.js';
import { redeemSubjectToken } from './subject-token.js';
import { opaqueToken, signAccessToken } from './tokens.js';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const GRANTS = new Set(['authorization_code', 'refresh_token', 'client_credentials', TOKEN_EXCHANGE]);
const DEFAULT_LIFETIME = 3600;

/** The form; like Logto, this also accepts a JSON body. */
function formOf(request: SandboxRequest): URLSearchParams {
  const body = readBody(request);
  const form = new URLSearchParams();
  if (typeof body !== 'object' || body === null) return form;
  for (const [name, value] of Object.entries(body)) for (const item of [value].flat()) form.append(name, String(item));
  return form;
}

function mayUse(grant: string, { type, customClientMetadata }: Application): boolean {
  if (grant === TOKEN_EXCHANGE) return customClientMetadata['allowTokenExchange'] === true;
  return (grant === 'client_credentials') === (type === 'MachineToMachine');
}

function grantOf(form: URLSearchParams, client: Application): string {
  const grant = form.get('grant_type');
  if (!grant) throw invalidRequest("missing required parameter 'grant_type'");
  if (!GRANTS.has(grant)) throw new OidcRefusal(400, 'unsupported_grant_type', 'unsupported grant_type requested');
  if (!mayUse(grant, client)) throw invalidRequest('requested grant type is not allowed for this client');
  return grant;
}

function resourceOf(tables: Tables, form: URLSearchParams): Resource | undefined {
  const [indicator, ...more] = form.getAll('resource');
  if (more.length > 0) throw invalidTarget('only a single resource indicator value is supported for this grant type');
  if (!indicator) return undefined;
  if (!URL.canParse(indicator)) throw invalidTarget('resource indicator must be an absolute URI');
  const resource = [...tables.resources.values()].find((row) => row.indicator === indicator);
  if (!resource) throw invalidTarget('resource indicator is missing, or unknown');
  return resource;
}

/** Only members get a token of an organization. The error does not reveal whether the organization exists. */
function requireMembership(tables: Tables, subject: Subject, organizationId: string): void {
  if (belongsTo(tables, subject, organizationId)) return;
  const { isUser } = subject;
  throw accessDenied(
    isUser ? 'user is not a member of the organization' : 'app has not associated with the organization',
  );
}

/** Answers POST /oidc/token, for machines with client credentials and for users with token exchange. */
export async function issueToken(
  request: SandboxRequest,
  { tables, key, issuer }: { tables: Tables; key: SigningKey; issuer: string },
): Promise<SandboxAnswer> {
  const form = formOf(request);
  const client = authenticateClient(tables, issuer, request.headers['authorization'], form);
  const grant = grantOf(form, client);
  const resource = resourceOf(tables, form);
  const organizationId = form.get('organization_id') || undefined;
  if (grant === 'client_credentials' && !resource && organizationId === undefined) {
    throw invalidTarget('both `resource` and `organization_id` are not provided');
  }
  // The sandbox has no sign-in page and so issues no codes and refresh tokens: any that is presented is unknown.
  if (grant !== 'client_credentials' && grant !== TOKEN_EXCHANGE)
    throw new OidcRefusal(400, 'invalid_grant', 'grant request is invalid');
  const subject: Subject =
    grant === TOKEN_EXCHANGE
      ? { id: redeemSubjectToken(tables, form), isUser: true }
      : { id: client.id, isUser: false };
  if (organizationId !== undefined) requireMembership(tables, subject, organizationId);
  if (!resource && organizationId === undefined) {
    return json(200, { access_token: opaqueToken(), expires_in: DEFAULT_LIFETIME, token_type: 'Bearer' });
  }

  const granted = new Set(
    resource
      ? resourceScopeNames(tables, subject, resource.id, organizationId)
      : organizationScopeNames(tables, subject, organizationId ?? ''),
  );
  const requested = new Set((form.get('scope') ?? '').split(' '));
  const scopes = [...requested].filter((name) => granted.has(name));
  const lifetime = resource?.accessTokenTtl ?? DEFAULT_LIFETIME;
  const token = await signAccessToken(key, issuer, {
    subject: subject.id,
    clientId: client.id,
    audience: resource?.indicator ?? `urn:logto:organization:${organizationId ?? ''}`,
    lifetime,
    scopes,
    organizationId: resource ? organizationId : undefined,
  });
  const scope = scopes.length > 0 ? { scope: scopes.join(' ') } : {};
  return json(200, { access_token: token, expires_in: lifetime, token_type: 'Bearer', ...scope });
}
