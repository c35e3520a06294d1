import fc from 'fast-check';
import type { JWTPayload } from 'jose';
import { callerOf } from './claims.js';

const AUDIENCE = 'https://gateway.example.test';
const machine = { sub: 'robot', client_id: 'robot' };
const user = { sub: 'ada', client_id: 'web' };

describe('the caller of a token', () => {
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
      'the same organization named twice',
      { ...user, aud: 'urn:logto:organization:acme', organization_id: 'acme' },
      { kind: 'organization', organizationId: 'acme' },
    ],
    [
      'a machine inside an organization, for this API',
      { ...machine, aud: AUDIENCE, organization_id: 'acme' },
      { kind: 'organization', machine: true },
    ],
    ['an audience in a list of one', { ...machine, aud: [AUDIENCE] }, { kind: 'service' }],
    ['a user, without a client', { sub: 'robot', aud: AUDIENCE }, { kind: 'user', clientId: '' }],
    ['a user, with a client that is not a string', { sub: '7', client_id: 7, aud: AUDIENCE }, { kind: 'user' }],
  ])('is read: %s', (_what, claims, expected) => {
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
    ['an audience that starts with ours', { ...machine, aud: `${AUDIENCE}/other` }],
    ['an audience in another case', { ...machine, aud: AUDIENCE.toUpperCase() }],
    ['an audience that is not a string', { ...machine, aud: 7 }],
    ['an organization that is not a string', { ...machine, aud: AUDIENCE, organization_id: 7 }],
    ['an organization that is empty', { ...machine, aud: AUDIENCE, organization_id: '' }],
    ['no subject', { client_id: 'robot', aud: AUDIENCE }],
    ['an empty subject', { sub: '', client_id: '', aud: AUDIENCE }],
  ])('is undefined with %s', (_what, claims) => {
    expect(callerOf(claims as JWTPayload, AUDIENCE)).toBeUndefined();
  });

  it.each([
    ['read:members read:roles', ['read:members', 'read:roles']],
    ['  read:members   ', ['read:members']],
    ['', []],
    [undefined, []],
    [['read:members'], []],
  ])('has the scopes of %j', (scope, expected) => {
    expect([...(callerOf({ ...machine, aud: AUDIENCE, scope }, AUDIENCE)?.scopes ?? [])]).toEqual(expected);
  });

  it('is a service only if it is its own client, with our audience alone and without an organization', () => {
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
