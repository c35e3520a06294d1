import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { chooseEncoding, encode } from './compression.js';

const asking = (acceptEncoding?: string): IncomingMessage => {
  const request = new IncomingMessage(new Socket());
  if (acceptEncoding !== undefined) request.headers['accept-encoding'] = acceptEncoding;
  return request;
};

describe('compression', () => {
  it.each([
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['*', 'br'],
    ['br;q=0, *', 'gzip'],
    ['gzip;q=0', 'identity'],
    ['deflate', 'identity'],
    ['zstd', 'identity'],
    ['identity', 'identity'],
    ['', 'identity'],
    [undefined, 'identity'],
  ])('for Accept-Encoding %p is %s', (header, encoding) => {
    expect(chooseEncoding(asking(header), 10_000)).toBe(encoding);
  });

  it('is not applied to small responses', () => {
    expect(chooseEncoding(asking('br'), 999)).toBe('identity');
    expect(chooseEncoding(asking('br'), 1000)).toBe('br');
  });

  it('is reversible', async () => {
    const bytes = Buffer.from(JSON.stringify(Array(200).fill({ name: 'Ångström' })));
    expect(await encode(bytes, 'identity')).toBe(bytes);
    const [packed, zipped] = [await encode(bytes, 'br'), await encode(bytes, 'gzip')];
    expect(brotliDecompressSync(packed).equals(bytes)).toBe(true);
    expect(gunzipSync(zipped).equals(bytes)).toBe(true);
    expect(Math.max(packed.length, zipped.length)).toBeLessThan(bytes.length / 10);
  });
});
