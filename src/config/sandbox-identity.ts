/** The gateway's client at the built-in sandbox. The sandbox seeds it, and the gateway authenticates with it. */
export const sandboxIdentity = {
  clientId: 'sandbox-gateway',
  clientSecret: 'sandbox-gateway-secret',
  audience: 'https://gateway.example.test',
} as const;
