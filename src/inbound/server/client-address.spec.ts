import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import express, { type Request } from 'express';
import { startServer } from '../../../test/support/far-end.js';
import { trustProxy } from '../../config/kinds/trust-proxy.js';
import { clientAddress } from './client-address.js';

const settings = [
  'off',
  '1',
  '2',
  '16',
  'loopback',
  'linklocal',
  'loopback, uniquelocal',
  '10.0.0.0/8,192.0.2.7',
  '::1',
  'fd00::/8',
  '::ffff:10.0.0.0/104',
];

const sockets = [
  '127.0.0.1',
  '::1',
  '::ffff:127.0.0.1',
  '10.1.2.3',
  '::FFFF:0a01:0203',
  'fd00::1',
  'fe80::1%eth0',
  'fe80::1%eth0.100',
  '203.0.113.9',
  undefined,
];

const headers = [
  undefined,
  '',
  ' ',
  ',',
  ', ,203.0.113.1,,',
  '203.0.113.1',
  ' 203.0.113.1 ,10.0.0.2',
  '198.51.100.1, 203.0.113.1, 10.0.0.2, 192.0.2.7',
  '203.0.113.1:4711, 10.0.0.2',
  '[2001:db8::1]:443',
  '"[2001:DB8::1]", ::1',
  '2001:DB8::1, ::ffff:10.0.0.2',
  '::FFFF:a00:2, ::ffff:7f00:1',
  'fe80::2%eth0, fe80::3%eth0.100',
  'unknown, _hidden, 10.0.0.2',
  '010.0.0.1, 0x0a.0.0.1, 10.1, 10',
  '203.0.113.1\t, 10.0.0.2',
  '203.0.113.1 10.0.0.2',
];

const trustOf = (setting: string) => {
  const trust = trustProxy.parse(setting);
  if (trust === undefined) throw new Error(`${setting} is refused`);
  return trust;
};

/** Answers with the client address according to Express and according to us. */
const whoAsks = (setting: string) => {
  const app = express().set('trust proxy', trustOf(setting));
  const ours = clientAddress(trustOf(setting));
  return { app, both: (request: Request) => [request.ip ?? '', ours(request)] };
};

describe('the address of a client', () => {
  it.each(settings)('is the one that Express finds, with TRUST_PROXY=%s', (setting) => {
    const { app, both } = whoAsks(setting);
    const found = sockets.flatMap((remoteAddress) =>
      headers.map((forwarded) => {
        const request = Object.create(app.request) as Request;
        return both(Object.assign(request, { headers: { 'x-forwarded-for': forwarded }, socket: { remoteAddress } }));
      }),
    );
    expect(found.map(([, ours]) => ours)).toEqual(found.map(([theirs]) => theirs));
  });

  it.each([
    ['off', '127.0.0.1'],
    ['loopback', '203.0.113.1'],
    ['loopback,203.0.113.0/24', '198.51.100.1'],
  ])('comes from the wire, where a header may stand twice: TRUST_PROXY=%s', async (setting, address) => {
    const { app, both } = whoAsks(setting);
    app.use((request, response) => void response.json(both(request)));
    const server = await startServer(app);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(server.url, { family: 4, headers: { 'x-forwarded-for': ['198.51.100.1', '203.0.113.1'] } }, resolve).on(
        'error',
        reject,
      );
    });
    expect(JSON.parse(await text(response))).toEqual([address, address]);
    await server.close();
  });
});
