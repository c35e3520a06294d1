/** Where everything is, known for certain only once the sandbox and the gateway itself listen. */
export interface Addresses {
  /** Logto's, or the sandbox's, without trailing slash. */
  readonly endpoint: string;
  /** `iss` of the tokens callers bring. */
  readonly issuer: string;
  /** The keys these tokens are signed with. */
  readonly jwksUrl: string;
  /** Where links of the gateway point, without trailing slash. */
  readonly publicUrl: string;
}

/** Injects `Addresses`. */
export const ADDRESSES = Symbol('ADDRESSES');
