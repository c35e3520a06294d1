import { Problem } from '../http/problem.js';
import type { Denial } from './may.js';

/** Only what a quoted string may hold. */
const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, "'")}"`;

/** 401 with a challenge that says why (RFC 6750). */
export const unauthenticated = (detail: string, code = 'auth.unauthorized'): Problem =>
  new Problem('unauthenticated', detail, {
    code,
    headers: { 'WWW-Authenticate': `Bearer error="invalid_token", error_description=${quoted(detail)}` },
  });

/** 403; where a permission is missing, the challenge names it. */
export const forbidden = ({ code, detail, missing }: Denial): Problem => {
  const scope = missing.length > 0 ? `, scope=${quoted(missing.join(' '))}` : '';
  return new Problem('forbidden', detail, {
    code,
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", error_description=${quoted(detail)}${scope}` },
  });
};
