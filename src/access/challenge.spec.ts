import fc from 'fast-check';
import { forbidden, unauthenticated } from './challenge.js';

/** RFC 9110, 11.6.1: a scheme and parameters, each a quoted string of visible characters without quotes and backslashes. */
const CHALLENGE = /^Bearer [a-z_]+="[\x20\x21\x23-\x5b\x5d-\x7e]*"(, [a-z_]+="[\x20\x21\x23-\x5b\x5d-\x7e]*")*$/;
const challengeOf = (problem: ReturnType<typeof forbidden>): string =>
  problem.options.headers?.['WWW-Authenticate'] ?? '';

describe('the WWW-Authenticate challenge', () => {
  it('says that the token is invalid, and why', () => {
    const problem = unauthenticated('The token has expired.');
    expect([problem.status, problem.code]).toEqual([401, 'auth.unauthorized']);
    expect(challengeOf(problem)).toBe('Bearer error="invalid_token", error_description="The token has expired."');
  });

  it('names the missing scopes', () => {
    const missing = ['read:members', 'read:roles'] as const;
    const problem = forbidden({ code: 'auth.forbidden', detail: 'No.', missing });
    expect([problem.status, problem.code]).toEqual([403, 'auth.forbidden']);
    expect(challengeOf(problem)).toBe(
      'Bearer error="insufficient_scope", error_description="No.", scope="read:members read:roles"',
    );
  });

  it('has no scope when no scope would help', () => {
    const problem = forbidden({ code: 'auth.organization_mismatch', detail: 'Elsewhere.', missing: [] });
    expect(problem.code).toBe('auth.organization_mismatch');
    expect(challengeOf(problem)).not.toContain('scope=');
  });

  it('is grammatical for any reason', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '"', '\\', ',', '=', "'") });
    fc.assert(
      fc.property(text, (detail) => {
        expect(challengeOf(unauthenticated(detail))).toMatch(CHALLENGE);
        expect(challengeOf(forbidden({ code: 'auth.forbidden', detail, missing: ['read:roles'] }))).toMatch(CHALLENGE);
      }),
    );
  });
});
