import type { Tables } from '../data/tables.js';
import { invalidGrant, invalidRequest } from './oidc-refusal.js';

const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

/** The user of a subject token, which can be exchanged once within ten minutes. */
export function redeemSubjectToken(tables: Tables, form: URLSearchParams): string {
  const value = form.get('subject_token');
  if (!value) throw invalidRequest("missing required parameter 'subject_token'");
  if (form.get('subject_token_type') !== ACCESS_TOKEN_TYPE) throw invalidGrant('unsupported subject token type');
  const token = tables.subjectTokens.get(value);
  if (!token) throw invalidGrant('subject token not found');
  if (token.expiresAt <= Date.now()) throw invalidGrant('subject token is expired');
  if (token.used) throw invalidGrant('subject token is already consumed');
  const user = tables.users.get(token.userId);
  if (!user || user.isSuspended) throw invalidGrant();
  token.used = true;
  return user.id;
}
