import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ModulesContainer } from '@nestjs/core';
import type { Layer } from '../src/inbound/layers/layer.js';
import type { Visit } from '../src/inbound/visit/visit.js';
import { ask } from './support/answers.js';
import { until } from './support/far-end.js';
import { type Running, startGateway } from './support/start-gateway.js';

const travel = '/api/organizations/fernweh00000';

describe('a layer that is added to the list', () => {
  const met: Visit['answeredBy'][] = [];
  const count: Layer = (next) => (visit) => {
    visit.addHeader('X-Visited', String(met.length));
    visit.onClose(({ answeredBy }) => met.push(answeredBy));
    return next(visit);
  };
  let running: Running;
  beforeAll(async () => {
    running = await startGateway({ EDGE: 'on' }, { layers: (list) => [count, ...list] });
  });
  afterAll(() => running.close());

  it('meets every request, whatever answers it', async () => {
    const client = await running.as();
    // Remembered answers need a connection that stays open.
    const agent = new Agent({ keepAlive: true });
    const get = async () =>
      ask(agent, running.gateway.url + travel, { authorization: `Bearer ${await running.tokens.service()}` });
    const answers = [
      await get(),
      await get(),
      await client.post(`${travel}/users`).send({ userIds: ['ada000000000'] }),
      await client.delete(`${travel}/users/nobody000000`),
      await client.get(`${travel}/users/export`),
      await client.get('/nowhere'),
      await running.anonymous().get(travel),
    ];
    expect(answers.map(({ status, headers }) => [status, headers['x-visited']])).toEqual([
      [200, '0'],
      [200, '1'],
      [201, '2'],
      [404, '3'],
      [200, '4'],
      [404, '5'],
      [401, '6'],
    ]);
    agent.destroy();
    await until('the last answer to be over', () => met.length === answers.length);
    expect(met).toEqual(['dispatch', 'remembered', 'dispatch', 'dispatch', 'framework', 'framework', 'layers']);
  });
});

describe.each(['on', 'off'])('a request with every fault, with EDGE=%s', (edge) => {
  let running: Running;
  beforeAll(async () => {
    running = await startGateway({ EDGE: edge, RATE_LIMIT: '7/10m' });
  });
  afterAll(() => running.close());

  /** Each request corrects the fault for which the previous one was refused. */
  it('is refused for one reason after another, in this order', async () => {
    const { tokens } = running;
    const reader = await tokens.reader();
    const service = await tokens.service();
    const key = 'no key at all';
    const path = `${travel}/users`;
    const post = (where: string, token: string | undefined, headers: Record<string, string>, body: string) => {
      const request = running.anonymous().post(where).set(headers);
      if (token) void request.set('authorization', `Bearer ${token}`);
      return request.send(body);
    };
    const wrong = { accept: 'text/html', 'content-type': 'text/plain', 'idempotency-key': key };
    const steps: [number, string][] = [];
    const note = ({ status, body }: { status: number; body: { code?: string } }) =>
      steps.push([status, body.code ?? '']);
    note(await post(`${path}/nowhere/at/all`, undefined, wrong, '{'));
    note(await post(`${path}/nowhere/at/all`, service, wrong, '{'));
    note(await post(path, reader, wrong, '{'));
    note(await post(path, service, wrong, '{'));
    note(await post(path, service, { ...wrong, accept: 'application/json' }, '{'));
    const json = { accept: 'application/json', 'content-type': 'application/json' };
    note(await post(path, service, { ...json, 'idempotency-key': key }, '{'));
    note(await post(path, service, { ...json, 'idempotency-key': key }, '{"users":[]}'));
    note(await post(path, service, { ...json, 'idempotency-key': 'a-key' }, '{"users":[]}'));
    note(await post(path, service, json, '{"userIds":["nobody000000"]}'));
    note(await post(`${path}/nowhere/at/all`, service, wrong, '{'));
    expect(steps).toEqual([
      [401, 'auth.authorization_header_missing'],
      [404, 'route.not_found'],
      [403, 'auth.forbidden'],
      [406, 'route.not_acceptable'],
      [415, 'body.unsupported_media_type'],
      [400, 'guard.invalid_input'],
      [400, 'guard.invalid_input'],
      [400, 'guard.invalid_input'],
      [422, 'entity.relation_foreign_key_not_found'],
      [429, 'rate_limit.exceeded'],
    ]);
  });
});

describe('what Nest runs around every method', () => {
  it('is in one module, in this order', async () => {
    const running = await startGateway();
    const modules = [...running.gateway.app.get(ModulesContainer, { strict: false }).values()];
    const around = modules.flatMap(({ name, providers }) =>
      [...providers.values()]
        .filter((provider) => String(provider.token).startsWith('APP_'))
        .map(({ token, metatype }) => [name, String(token).split(' ')[0], metatype?.name]),
    );
    expect(around).toEqual([
      ['FrameworkModule', 'APP_INTERCEPTOR', 'OperationInterceptor'],
      ['FrameworkModule', 'APP_PIPE', 'InputPipe'],
      ['FrameworkModule', 'APP_FILTER', 'ProblemFilter'],
    ]);
    await running.close();
  });
});
