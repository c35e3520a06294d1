import { describe, expect, it } from '@jest/globals';
import { configWarnings } from './warnings.js';

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
  ])('warn about %s and suggest the closest setting: %s', (name, suggestion) => {
    const rest = suggestion ? `; did you mean ${suggestion}?` : ', and has no effect.';
    expect(configWarnings({ [name]: 'x' })).toEqual([`${name} is not a setting of the gateway${rest}`]);
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
  ])('ignore %s, which other programs set', (name) => {
    expect(configWarnings({ [name]: 'x' })).toEqual([]);
  });

  it('ignore an empty variable', () => {
    expect(configWarnings({ LOGTO_CLIENTID: '' })).toEqual([]);
  });

  it('say that an explicit sandbox ignores client credentials', () => {
    expect(configWarnings({ LOGTO_ENDPOINT: 'sandbox', LOGTO_CLIENT_ID: 'm2m' })).toEqual([
      'LOGTO_CLIENT_ID has no effect: LOGTO_ENDPOINT=sandbox has its own client.',
    ]);
  });
});
