import { describe, expect, it } from '@jest/globals';
import { readSandboxConfig } from './sandbox-config.js';

describe('the configuration of the stand-alone sandbox', () => {
  it('has the port that the gateway expects by default', () => {
    expect(readSandboxConfig({})).toEqual({
      host: '127.0.0.1',
      port: 3901,
      audience: 'https://gateway.example.test',
      latencyMs: 0,
    });
  });

  it('takes its port from PORT', () => {
    expect(readSandboxConfig({ PORT: '4000', SANDBOX_PORT: '5000' }).port).toBe(4000);
  });

  it('validates its own variables and ignores the others', () => {
    expect(() => readSandboxConfig({ SANDBOX_LATENCY_MS: 'slow' })).toThrow(/SANDBOX_LATENCY_MS is "slow"/);
    expect(() => readSandboxConfig({ CACHE_MAX_BYTES: 'much' })).not.toThrow();
  });
});
