import { timingSafeEqual } from 'node:crypto';
import type { Application } from '../data/rows.js';
import type { Tables } from '../data/tables.js';
import { invalidRequest, OidcRefusal } from './oidc-refusal.js';

interface Credentials {
  readonly id: string;
  readonly secret: string | undefined;
  readonly basic: boolean;
}

/** RFC 6749 requires form-urlencoding of both parts of Basic credentials, and Logto decodes them. */
const formDecoded = (value: string) => new URLSearchParams(`v=${value.replaceAll('&', '%26')}`).get('v') ?? '';

function credentialsOf(authorization: string | undefined, form: URLSearchParams): Credentials {
  const basic = /^Basic +(.+)$/i.exec(authorization ?? '')?.[1];
  if (basic !== undefined) {
    const pair = Buffer.from(basic, 'base64').toString();
    const colon = pair.indexOf(':');
    if (colon < 0) throw invalidRequest('invalid authorization header value format');
    return { id: formDecoded(pair.slice(0, colon)), secret: formDecoded(pair.slice(colon + 1)), basic: true };
  }
  const id = form.get('client_id');
  if (!id) throw invalidRequest('no client authentication mechanism provided');
  return { id, secret: form.get('client_secret') ?? undefined, basic: false };
}

const isEqual = (a: string, b: string) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

function refused(basic: boolean, issuer: string): OidcRefusal {
  const description = 'client authentication failed';
  const challenge = `Basic realm="${issuer}", error="invalid_client", error_description="${description}"`;
  return new OidcRefusal(401, 'invalid_client', description, basic ? { 'www-authenticate': challenge } : {});
}

/** Authenticates the client of a token request. Applications without a backend have no secret. */
export function authenticateClient(
  tables: Tables,
  issuer: string,
  authorization: string | undefined,
  form: URLSearchParams,
): Application {
  const { id, secret, basic } = credentialsOf(authorization, form);
  const application = tables.applications.get(id);
  if (!application) throw new OidcRefusal(400, 'invalid_client', `invalid client ${id}`);
  if (application.type === 'SPA' || application.type === 'Native') return application;
  const known = (tables.secrets.get(id) ?? []).find(({ value }) => isEqual(value, secret ?? ''));
  if (!known) throw refused(basic, issuer);
  if (known.expiresAt !== null && known.expiresAt <= Date.now()) throw invalidRequest('client secret has expired');
  return application;
}
