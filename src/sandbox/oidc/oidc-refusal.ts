import { json, type SandboxAnswer } from '../http/exchange.js';
import { messageOf } from '../http/messages.js';

/** An OAuth error with Logto's own `code` and `message` in addition to the standard fields. */
export class OidcRefusal extends Error {
  constructor(
    readonly status: number,
    readonly error: string,
    readonly description: string,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(description);
  }

  /** @param standardOnly `parse_error=false` in the query asks for the standard fields only */
  answer(acceptLanguage?: string, standardOnly = false): SandboxAnswer {
    const code = `oidc.${this.error}`;
    const ownFields = standardOnly ? {} : { code, message: messageOf(code, {}, acceptLanguage) };
    return json(this.status, { ...ownFields, error: this.error, error_description: this.description }, this.headers);
  }
}

export const invalidRequest = (description: string) => new OidcRefusal(400, 'invalid_request', description);
export const invalidTarget = (description: string) => new OidcRefusal(400, 'invalid_target', description);
export const invalidGrant = (description = 'grant request is invalid') =>
  new OidcRefusal(400, 'invalid_grant', description);
export const accessDenied = (description: string) => new OidcRefusal(403, 'access_denied', description);
