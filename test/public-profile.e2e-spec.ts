import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { PUBLIC_FIELDS } from '../src/members/public-member.js';
import { type Running, startGateway } from './support/start-gateway.js';

const ORGANIZATION = 'fernweh00000';
const MEMBER = 'dmitri000000';
/** Is part of every field of the member that organization tokens must not see. */
const SECRET = 'nobody-of-the-organization-sees-this';

const { paths } = JSON.parse(readFileSync('openapi.json', 'utf8')) as {
  paths: Record<string, Record<string, { readonly security?: unknown }>>;
};
const reads = Object.entries(paths)
  .filter(([path, item]) => path.startsWith('/api/') && item['get'])
  .map(([path]) => path.replace('{id}', ORGANIZATION).replace('{userId}', MEMBER));

/** All users within a JSON value. */
const usersIn = (value: unknown): Record<string, unknown>[] => {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'primaryEmail' in value ? [value as Record<string, unknown>] : [];
  return [...own, ...Object.values(value).flatMap(usersIn)];
};
const valuesOf = (text: string): unknown[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);

describe('members for organization tokens', () => {
  let running: Running;
  let token: string;
  const seen: string[] = [];

  beforeAll(async () => {
    running = await startGateway();
    token = await running.tokens.organization(ORGANIZATION, running.sandbox.demo.users.owner);
    const changed = await running.tokens.api('PATCH', `/api/users/${MEMBER}`, {
      customData: { note: SECRET },
      profile: { nickname: SECRET },
    });
    if (changed.status !== 200) throw new Error(`the member could not be changed: ${changed.status}`);
  });
  afterAll(() => running.close());

  const textOf = async (path: string, init: RequestInit = {}, as = token) => {
    const response = await fetch(running.gateway.url + path, {
      ...init,
      headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json' },
    });
    return { status: response.status, text: await response.text() };
  };
  const expectPublicOnly = (text: string): void => {
    expect(text).not.toContain(SECRET);
    const users = valuesOf(text).flatMap(usersIn);
    for (const user of users) {
      const secret = Object.keys(user).filter(
        (name) => name !== 'scopes' && !(PUBLIC_FIELDS as readonly string[]).includes(name),
      );
      expect(secret).toEqual([]);
    }
  };

  it.each(reads)('have only the public profile in GET %s', async (path) => {
    const { status, text } = await textOf(path);
    expect([200, 403]).toContain(status);
    if (status === 200) seen.push(path);
    expectPublicOnly(text);
  });

  it('have only the public profile in POST /api/organizations/overviews', async () => {
    const { status, text } = await textOf('/api/organizations/overviews', {
      method: 'POST',
      body: JSON.stringify({ ids: [ORGANIZATION, 'studio000000'] }),
    });
    expect(status).toBe(200);
    expect(text).toContain(MEMBER);
    expectPublicOnly(text);
  });

  it('were checked in the lists, the single member, the overview, the matrix and the export', () => {
    const base = `/api/organizations/${ORGANIZATION}`;
    for (const path of ['users', `users/${MEMBER}`, 'users/export', 'overview', 'permissions'])
      expect(seen).toContain(`${base}/${path}`);
  });

  it('differ from those for services, which have all fields', async () => {
    const service = await running.tokens.service();
    for (const path of [
      'users?page_size=100',
      `users/${MEMBER}`,
      'users/export',
      'overview?memberFields=customData,profile',
    ]) {
      const { text } = await textOf(`/api/organizations/${ORGANIZATION}/${path}`, {}, service);
      expect(text).toContain(SECRET);
    }
  });

  it('have only the public profile after a service has warmed the cache', async () => {
    const { text } = await textOf(`/api/organizations/${ORGANIZATION}/users?page_size=100`);
    expect(text).toContain(MEMBER);
    expectPublicOnly(text);
  });
});
