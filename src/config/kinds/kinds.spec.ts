import { describe, expect, it } from '@jest/globals';
import { duration, lifetime } from './durations.js';
import type { Kind } from './kind.js';
import { integer, port } from './numbers.js';
import { origins } from './origins.js';
import { rate } from './rates.js';
import { trustProxy } from './trust-proxy.js';
import { baseUrl, exactUrl, logtoEndpoint, redisUrl, resourceIndicator } from './urls.js';
import { flag, host, oneOf, word } from './words.js';

/** The parsed value of each text; undefined where the text is invalid. */
const cases: readonly [name: string, kind: Kind<unknown>, values: Readonly<Record<string, unknown>>][] = [
  ['a port', port, { '0': 0, '3000': 3000, '65535': 65_535, '65536': undefined, '-1': undefined, '3000 ': undefined }],
  [
    'a whole number',
    integer(1, 10),
    {
      '1': 1,
      '10': 10,
      '010': 10,
      '0': undefined,
      '11': undefined,
      '1.5': undefined,
      '1e1': undefined,
      '0x1': undefined,
    },
  ],
  [
    'a rate',
    rate(20),
    {
      off: 'off',
      '200/10s': { count: 200, windowMs: 10_000 },
      '20/500ms': { count: 20, windowMs: 500 },
      '19/1s': undefined,
      '200': undefined,
      '200/10': undefined,
      '200/0s': undefined,
      '200/s': undefined,
      '600/1m': { count: 600, windowMs: 60_000 },
      '50/25h': undefined,
      OFF: 'off',
      '-50/1s': undefined,
    },
  ],
  ['a flag', flag, { on: true, TRUE: true, '1': true, off: false, false: false, '0': false, yes: undefined }],
  ['one of several', oneOf('info', 'warn'), { info: 'info', WARN: 'warn', loud: undefined }],
  ['a word', word, { 'a=b"c': 'a=b"c', '"quoted"': undefined, "'quoted'": undefined, 'two words': undefined }],
  [
    'a host',
    host,
    { '0.0.0.0': '0.0.0.0', localhost: 'localhost', '::1': '::1', 'http://x': undefined, 'a:80': undefined },
  ],
  [
    'a base URL',
    baseUrl,
    {
      'https://x.example/': 'https://x.example',
      'http://X.example:3001/a//': 'http://x.example:3001/a',
      'x.example': undefined,
      'ftp://x.example': undefined,
      'https://me:pw@x.example': undefined,
      'https://x.example?': undefined,
      'https://x.example/#a': undefined,
    },
  ],
  [
    'an exact URL',
    exactUrl,
    { 'https://x.example/a/': 'https://x.example/a/', 'urn:x': undefined, 'http://a#b': undefined },
  ],
  [
    'a resource indicator',
    resourceIndicator,
    { 'https://x.example/': 'https://x.example/', 'urn:x': 'urn:x', gateway: undefined },
  ],
  [
    'a Redis URL',
    redisUrl,
    {
      'redis://x:6379/1': 'redis://x:6379/1',
      'rediss://me:secret@x': 'rediss://me:secret@x',
      'redis+cluster://a,b:7000': 'redis+cluster://a,b:7000',
      'rediss+sentinel://a:1,b:2/main/3': 'rediss+sentinel://a:1,b:2/main/3',
      'redis://[::1]:6379': 'redis://[::1]:6379',
      'redis+sentinel://a': undefined,
      'redis://a,b': undefined,
      'http://x': undefined,
    },
  ],
  [
    'a duration',
    duration,
    { '500ms': 500, '5s': 5000, '2m': 120_000, '24h': 86_400_000, '25h': undefined, '5': undefined, '1.5s': undefined },
  ],
  [
    'a lifetime',
    lifetime,
    {
      '30s/5m': { freshMs: 30_000, staleMs: 300_000 },
      '0s/0s': { freshMs: 0, staleMs: 0 },
      '30s': undefined,
      '30s/5m/1h': undefined,
      '30/60': undefined,
    },
  ],
  [
    'the endpoint of Logto',
    logtoEndpoint,
    { sandbox: 'sandbox', 'https://x.example/': 'https://x.example', logto: undefined },
  ],
  [
    'a list of origins',
    origins,
    {
      'https://a.example': ['https://a.example'],
      'https://a.example/, http://localhost:5173,https://a.example': ['https://a.example', 'http://localhost:5173'],
      '*': undefined,
      'https://*.a.example': undefined,
      'https://a.example/app': undefined,
      'https://a.example,': undefined,
      null: undefined,
    },
  ],
  [
    'trusted proxies',
    trustProxy,
    {
      off: false,
      '0': false,
      '2': 2,
      '17': undefined,
      loopback: ['loopback'],
      '10.0.0.0/8, ::1,fd00::/8': ['10.0.0.0/8', '::1', 'fd00::/8'],
      on: undefined,
      '10.0.0.0/33': undefined,
      '10.0.0.0/8/8': undefined,
      '10.0.0': undefined,
      '10.0.0.0/0': undefined,
      '10.0.0.0/255.0.0.0': undefined,
      '010.0.0.1': undefined,
      'loopback, 20': undefined,
      'fe80::/10': ['fe80::/10'],
      'fe80::1%eth0.100': undefined,
      '::FFFF:10.0.0.0/104': ['::FFFF:10.0.0.0/104'],
    },
  ],
];

describe.each(cases)('%s', (_, kind, expected) => {
  it.each(Object.entries(expected))('parses %j as %j', (text, value) => {
    expect(kind.parse(text)).toEqual(value);
  });
});
