/** What the OpenID configuration says, as far as the sandbox can do it. */
export const discoveryDocument = (issuer: string) => ({
  authorization_endpoint: `${issuer}/auth`,
  claims_parameter_supported: false,
  code_challenge_methods_supported: ['S256'],
  end_session_endpoint: `${issuer}/session/end`,
  grant_types_supported: [
    'authorization_code',
    'refresh_token',
    'client_credentials',
    'urn:ietf:params:oauth:grant-type:token-exchange',
  ],
  issuer,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ['code id_token', 'code', 'id_token', 'none'],
  scopes_supported: ['openid', 'offline_access', 'profile', 'email', 'phone', 'roles', 'urn:logto:scope:organizations', 'urn:logto:scope:organization_roles'],
  subject_types_supported: ['public'],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  token_endpoint: `${issuer}/token`,
  id_token_signing_alg_values_supported: ['ES384'],
  userinfo_endpoint: `${issuer}/me`,
  introspection_endpoint: `${issuer}/token/introspection`,
  revocation_endpoint: `${issuer}/token/revocation`,
});
