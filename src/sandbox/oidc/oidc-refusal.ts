import { json, type SandboxAnswer } from '../http/exchange.js';
import { messageOf } from '../http/messages.js';

/** An OAuth error in Logto's dress: its own code and message beside the standard fields. */
export class OidcRefusal extends Error {
  constructor(
    readonly status: number,
    readonly error: string,
    readonly description: string,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(description);
  }

  /** `parse_error=false` in the query asks for the standard fields alone. */
  answer(acceptLanguage?: string, plain = false): SandboxAnswer {
    const code = `oidc.${this.error}`;
    const dress = plain ? {} : { code, message: messageOf(code, {}, acceptLanguage) };
    return json(this.status, { ...dress, error: this.error, error_description: this.description }, this.headers);
  }
}

export const invalidRequest = (description: string) => new OidcRefusal(400, 'invalid_request', description);
export const invalidTarget = (description: string) => new OidcRefusal(400, 'invalid_target', description);
export const invalidGrant = (description = 'grant request is invalid') =>
  new OidcRefusal(400, 'invalid_grant', description);
export const accessDenied = (description: string) => new OidcRefusal(403, 'access_denied', description);
