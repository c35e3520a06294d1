/**
 * The environment in which openapi.json is written, so that it is the same on every machine: any free ports, but the
 * sandbox's default port in the issuer, because the issuer is part of the document.
 */
export const DOCUMENTED_ENVIRONMENT = {
  PORT: '0',
  SANDBOX_PORT: '0',
  AUTH_ISSUER: 'http://localhost:3901/oidc',
  LOG_LEVEL: 'error',
} as const;
