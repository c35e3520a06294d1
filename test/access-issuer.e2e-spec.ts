import { startServer, until } from './support/far-end.js';
import { type Running, startGateway } from './support/start-gateway.js';

/** The URL of the keys is a setting, which here points to a server of the test. */
describe('a gateway with a failing issuer', () => {
  let running: Running;
  let keys: Awaited<ReturnType<typeof startServer>>;
  let answer: { status: number; body: string };

  beforeAll(async () => {
    answer = { status: 503, body: 'try later' };
    keys = await startServer((_request, response) => {
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    });
    running = await startGateway({ AUTH_JWKS_URL: `${keys.url}/jwks` });
  });
  afterAll(async () => {
    await running.close();
    await keys.close();
  });

  const read = async (scope?: string) =>
    (await running.as(running.tokens.service(scope))).get('/api/organization-roles');

  it('starts and logs a warning', async () => {
    const words = "cannot fetch the issuer's keys yet";
    await until('the warning', () => running.logs.some((line) => line.includes(words)));
    await running.anonymous().get('/health/live').expect(200);
  });

  it.each([
    ['fails', 503, 'try later'],
    ['sends a web page', 200, '<!doctype html>'],
    ['sends something else', 200, '{"keys":7}'],
  ])('answers 503 with Retry-After, not 401, while the issuer %s', async (_what, status, body) => {
    answer = { status, body };
    const refused = await read();
    expect([refused.status, (refused.body as { code: string }).code]).toEqual([503, 'upstream.unavailable']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.headers['www-authenticate']).toBeUndefined();
    expect(refused.text).not.toContain(keys.url);
  });

  it('recovers with the issuer, and then verifies tokens without it', async () => {
    answer = { status: 200, body: await (await fetch(`${running.sandbox.issuer}/jwks`)).text() };
    await until('the issuer is asked again', async () => (await read('all')).status === 200);
    answer = { status: 503, body: '' };
    expect((await read('all')).status).toBe(200);
    // The keys are cached, so another token can be verified, too.
    expect((await read('read:roles')).status).toBe(200);
  });
});
