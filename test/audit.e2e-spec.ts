import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from './support/far-end.js';
import { type Running, startGateway } from './support/start-gateway.js';

describe('the audit trail', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway({ LOG_LEVEL: 'error' });
  });
  afterAll(() => running.close());

  const trail = () =>
    running.logs.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ audit }) => audit === true);
  /** The one line written by `work`. */
  const lineOf = async (work: () => PromiseLike<unknown>) => {
    const before = trail().length;
    await work();
    await until('a line of the audit trail', () => trail().length > before);
    expect(trail()).toHaveLength(before + 1);
    return trail().at(-1);
  };

  it('has caller, operation and subject, whatever LOG_LEVEL is', async () => {
    const owner = running.sandbox.demo.users.owner;
    const member = await running.as(running.tokens.organization('fernweh00000', owner));
    const line = await lineOf(() =>
      member
        .put('/api/organizations/fernweh00000/users/dmitri000000/roles')
        .set('x-request-id', 'audited-request')
        .send({ organizationRoleIds: ['rolemember00000000000'] })
        .expect(204),
    );
    expect(line).toMatchObject({
      requestId: 'audited-request',
      operation: 'replaceMemberRoles',
      actor: { kind: 'organization', sub: owner },
      organizationId: 'fernweh00000',
      users: { count: 1, ids: ['dmitri000000'] },
      roles: { count: 1, ids: ['rolemember00000000000'] },
      outcome: 'done',
    });
  });

  it('has the id of a created resource', async () => {
    const client = await running.as();
    let id = '';
    const line = await lineOf(async () => {
      const { body } = await client.post('/api/organizations').send({ name: 'Private Name' }).expect(201);
      id = (body as { id: string }).id;
    });
    expect(line).toMatchObject({ operation: 'createOrganization', organizationId: id, outcome: 'done' });
    expect(JSON.stringify(line)).not.toContain('Private Name');
  });

  it('distinguishes refused writes from those that may have happened', async () => {
    const client = await running.as();
    const add = (userIds: string[]) => client.post('/api/organizations/fernweh00000/users').send({ userIds });
    expect(await lineOf(() => add(['nosuchuser00']).expect(422))).toMatchObject({
      outcome: 'refused',
      code: 'entity.relation_foreign_key_not_found',
    });
    const end = running.sandbox.faults.add({ method: 'POST', status: 500 });
    const line = await lineOf(() => add(['ada000000000']).expect(502));
    end();
    expect(line).toMatchObject({ outcome: 'unknown', code: 'upstream.error', users: { ids: ['ada000000000'] } });
  });

  it('counts many ids and lists the first hundred', async () => {
    const client = await running.as();
    const userIds = Array.from({ length: 150 }, (_, index) => `user${index}`);
    const line = await lineOf(() => client.post('/api/organizations/fernweh00000/users').send({ userIds }).expect(422));
    expect(line).toMatchObject({ users: { count: 150, ids: userIds.slice(0, 100) } });
  });

  it('lists the users of a request that adds members with roles', async () => {
    const client = await running.as();
    const members = [
      { userId: 'ada000000000', organizationRoleIds: ['rolemember00000000000'] },
      { userId: 'greta0000000' },
    ];
    const line = await lineOf(() =>
      client.post('/api/organizations/studio000000/members').send({ members }).expect(201),
    );
    expect(line).toMatchObject({
      users: { ids: ['ada000000000', 'greta0000000'] },
      roles: { ids: ['rolemember00000000000'] },
    });
  });

  it('has partial failures and their user ids', async () => {
    const client = await running.as();
    const addMembers = (members: object[]) => client.post('/api/organizations/studio000000/members').send({ members });
    const some = await lineOf(() =>
      addMembers([
        { userId: 'wanda0000000', organizationRoleNames: ['member'] },
        { userId: 'nosuchuser00', organizationRoleNames: ['member'] },
      ]).expect(200),
    );
    expect(some).toMatchObject({
      outcome: 'partly',
      users: { count: 2 },
      roleNames: { ids: ['member'] },
      failedUsers: { count: 1, ids: ['nosuchuser00'] },
    });
    expect(await lineOf(() => addMembers([{ userId: 'nosuchuser00' }]).expect(200))).toMatchObject({
      outcome: 'refused',
    });
    const end = running.sandbox.faults.add({ method: 'POST', path: /users\/roles/, status: 500 });
    const unsure = await lineOf(() =>
      addMembers([{ userId: 'ximena000000', organizationRoleNames: ['guest'] }]).expect(200),
    );
    end();
    expect(unsure).toMatchObject({ outcome: 'unknown', failedUsers: { ids: ['ximena000000'] } });
  });

  it('has no line for a replayed response', async () => {
    const client = await running.as();
    const send = () => client.post('/api/organizations').set('idempotency-key', 'audited').send({ name: 'Once' });
    const before = trail().length;
    await send().expect(201);
    await send().expect(201);
    await lineOf(() => client.delete('/api/organizations/nosuchorg000').expect(404));
    expect(trail()).toHaveLength(before + 2);
  });

  it('has no line for reads, even those with POST, nor for denied requests', async () => {
    const client = await running.as();
    const reader = await running.as(running.tokens.reader());
    const before = trail().length;
    await client.get('/api/organizations/fernweh00000').expect(200);
    await client
      .post('/api/organizations/overviews')
      .send({ ids: ['studio000000'] })
      .expect(200);
    await reader.delete('/api/organizations/fernweh00000').expect(403);
    const line = await lineOf(() => client.delete('/api/organizations/nosuchorg000').expect(404));
    expect(line).toMatchObject({ operation: 'deleteOrganization', outcome: 'refused' });
    expect(trail()).toHaveLength(before + 1);
  });
});
