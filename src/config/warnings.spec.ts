import { describe, expect, it } from '@jest/globals';
import { warningsAbout } from './warnings.js';

describe('the warnings at start-up', () => {
  it.each([
    ['LOGTO_CLIENTID', 'LOGTO_CLIENT_ID'],
    ['LOGTO_SECRET_CLIENT', undefined],
    ['AUTH_AUDIENC', 'AUTH_AUDIENCE'],
    ['REDIS_URI', 'REDIS_URL'],
    ['PROT', 'PORT'],
    ['GATEWAY_PUBLIC_URL', 'PUBLIC_URL'],
    ['logto_endpoint', 'LOGTO_ENDPOINT'],
    ['CACHE_TTL', undefined],
  ])('names %s as no setting, and says which one is near', (name, meant) => {
    const rest = meant ? `; did you mean ${meant}?` : ', and has no effect.';
    expect(warningsAbout({ [name]: 'x' })).toEqual([`${name} is not a setting of the gateway${rest}`]);
  });

  it.each([
    'HOME',
    'PATH',
    'HOSTNAME',
    'LANG',
    'TERM',
    'PWD',
    'SHLVL',
    'NODE_OPTIONS',
    'npm_config_cache',
    'CI',
    'KUBERNETES_SERVICE_HOST',
    'GATEWAY_SERVICE_HOST',
    'GATEWAY_SERVICE_PORT_HTTP',
    'GATEWAY_PORT_3000_TCP_ADDR',
    'REDIS_PORT_6379_TCP',
  ])('is silent about %s, which others set', (name) => {
    expect(warningsAbout({ [name]: 'x' })).toEqual([]);
  });

  it('is silent about an empty variable', () => {
    expect(warningsAbout({ LOGTO_CLIENTID: '' })).toEqual([]);
  });

  it('says that the sandbox asked for by name ignores a client', () => {
    expect(warningsAbout({ LOGTO_ENDPOINT: 'sandbox', LOGTO_CLIENT_ID: 'm2m' })).toEqual([
      'LOGTO_CLIENT_ID has no effect: LOGTO_ENDPOINT=sandbox brings a client of its own.',
    ]);
  });
});
