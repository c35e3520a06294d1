import { describe, expect, it } from '@jest/globals';
import { readSandboxConfig } from './sandbox-config.js';

describe('the sandbox started alone', () => {
  it('listens where the gateway looks for it', () => {
    expect(readSandboxConfig({})).toEqual({
      host: '127.0.0.1',
      port: 3901,
      audience: 'https://gateway.example.test',
      latencyMs: 0,
    });
  });

  it('takes PORT for its own port', () => {
    expect(readSandboxConfig({ PORT: '4000', SANDBOX_PORT: '5000' }).port).toBe(4000);
  });

  it('refuses a faulty variable of its own and leaves the rest to the gateway', () => {
    expect(() => readSandboxConfig({ SANDBOX_LATENCY_MS: 'slow' })).toThrow(/SANDBOX_LATENCY_MS is "slow"/);
    expect(() => readSandboxConfig({ CACHE_MAX_BYTES: 'much' })).not.toThrow();
  });
});
