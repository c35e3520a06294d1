/** Addresses that are known for certain only once the sandbox and the gateway itself listen. */
export interface Addresses {
  /** Base URL of Logto or of the sandbox, without trailing slash. */
  readonly endpoint: string;
  /** Expected `iss` of callers' tokens. */
  readonly issuer: string;
  /** Where the public keys for these tokens are. */
  readonly jwksUrl: string;
  /** Base URL of the gateway's own links, without trailing slash. */
  readonly publicUrl: string;
}

/** Injects `Addresses`. */
export const ADDRESSES = Symbol('ADDRESSES');
