import fc from 'fast-check';
import type { JWTPayload } from 'jose';
import { callerOf } from './claims.js';

const AUDIENCE = 'https://gateway.example.test';
const machine = { sub: 'robot', client_id: 'robot' };
const user = { sub: 'ada', client_id: 'web' };

describe('the claims of a token', () => {
  it.each([
    ['a machine', { ...machine, aud: AUDIENCE }, { kind: 'service', subject: 'robot', machine: true }],
    ['a user', { ...user, aud: AUDIENCE }, { kind: 'user', subject: 'ada', machine: false }],
    [
      'a user inside an organization',
      { ...user, aud: 'urn:logto:organization:acme' },
      { kind: 'organization', organizationId: 'acme', machine: false },
    ],
    [
      'a machine inside an organization',
      { ...machine, aud: 'urn:logto:organization:acme' },
      { kind: 'organization', organizationId: 'acme', machine: true },
    ],
    [
      'a user inside an organization, for this API',
      { ...user, aud: AUDIENCE, organization_id: 'acme' },
      { kind: 'organization', organizationId: 'acme' },
    ],
    [
      'an organization named twice alike',
      { ...user, aud: 'urn:logto:organization:acme', organization_id: 'acme' },
      { kind: 'organization', organizationId: 'acme' },
    ],
    [
      'a machine inside an organization, for this API',
      { ...machine, aud: AUDIENCE, organization_id: 'acme' },
      { kind: 'organization', machine: true },
    ],
    ['an audience in a list of one', { ...machine, aud: [AUDIENCE] }, { kind: 'service' }],
    ['nobody known as a client', { sub: 'robot', aud: AUDIENCE }, { kind: 'user', clientId: '' }],
    ['a client that is no text', { sub: '7', client_id: 7, aud: AUDIENCE }, { kind: 'user' }],
  ])('speak for %s', (_what, claims, expected) => {
    expect(callerOf(claims, AUDIENCE)).toMatchObject(expected);
  });

  it.each([
    ['another audience', { ...machine, aud: 'https://other.example.test' }],
    ['no audience', machine],
    ['an empty list of audiences', { ...machine, aud: [] }],
    ['several audiences', { ...machine, aud: [AUDIENCE, 'https://other.example.test'] }],
    ['an organization beside the gateway', { ...machine, aud: [AUDIENCE, 'urn:logto:organization:acme'] }],
    ['an organization without a name', { ...user, aud: 'urn:logto:organization:' }],
    ['two different organizations', { ...user, aud: 'urn:logto:organization:acme', organization_id: 'other' }],
    ['an audience that only begins like ours', { ...machine, aud: `${AUDIENCE}/other` }],
    ['an audience in other letters', { ...machine, aud: AUDIENCE.toUpperCase() }],
    ['an audience that is no text', { ...machine, aud: 7 }],
    ['an organization that is no text', { ...machine, aud: AUDIENCE, organization_id: 7 }],
    ['an organization that is empty', { ...machine, aud: AUDIENCE, organization_id: '' }],
    ['no subject', { client_id: 'robot', aud: AUDIENCE }],
    ['an empty subject', { sub: '', client_id: '', aud: AUDIENCE }],
  ])('speak for nobody with %s', (_what, claims) => {
    expect(callerOf(claims as JWTPayload, AUDIENCE)).toBeUndefined();
  });

  it.each([
    ['read:members read:roles', ['read:members', 'read:roles']],
    ['  read:members   ', ['read:members']],
    ['', []],
    [undefined, []],
    [['read:members'], []],
  ])('give the scopes of %j', (scope, expected) => {
    expect([...(callerOf({ ...machine, aud: AUDIENCE, scope }, AUDIENCE)?.scopes ?? [])]).toEqual(expected);
  });

  it('make a service only of who is its own client, with our audience alone and no organization', () => {
    const word = fc.constantFrom('a', 'b', '', 7, null, undefined, AUDIENCE, 'urn:logto:organization:a', [AUDIENCE]);
    const claims = fc.record({ sub: word, client_id: word, aud: word, organization_id: word, scope: word });
    fc.assert(
      fc.property(claims, (given) => {
        const caller = callerOf(given as JWTPayload, AUDIENCE);
        if (caller?.kind !== 'service') return;
        expect(given.sub).toBe(given.client_id);
        expect(String(given.aud)).toBe(AUDIENCE);
        expect(given.organization_id).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });
});
