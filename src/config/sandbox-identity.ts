/** Who the gateway is at the built-in sandbox. The sandbox seeds this client; the gateway signs in as it. */
export const sandboxIdentity = {
  clientId: 'sandbox-gateway',
  clientSecret: 'sandbox-gateway-secret',
  audience: 'https://gateway.example.test',
} as const;
