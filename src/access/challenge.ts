import { Problem } from '../http/problems/problem.js';
import type { Denial } from './denial.js';

/** Replaces characters that a quoted string must not contain. */
const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, "'")}"`;

/** 401 with a challenge that names the reason (RFC 6750). */
export const unauthenticated = (detail: string, code = 'auth.unauthorized'): Problem =>
  new Problem('unauthenticated', detail, {
    code,
    headers: { 'WWW-Authenticate': `Bearer error="invalid_token", error_description=${quoted(detail)}` },
  });

/** 403 with a challenge that names missing permissions. */
export const forbidden = ({ code, detail, missing }: Denial): Problem => {
  const scope = missing.length > 0 ? `, scope=${quoted(missing.join(' '))}` : '';
  return new Problem('forbidden', detail, {
    code,
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", error_description=${quoted(detail)}${scope}` },
  });
};
