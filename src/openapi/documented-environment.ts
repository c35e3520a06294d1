/**
 * The environment openapi.json is written in, the same on every machine: free ports to listen on, and as the issuer the
 * sandbox on its default port, for that address stands in the document.
 */
export const DOCUMENTED_ENVIRONMENT = {
  PORT: '0',
  SANDBOX_PORT: '0',
  AUTH_ISSUER: 'http://localhost:3901/oidc',
  LOG_LEVEL: 'error',
} as const;
