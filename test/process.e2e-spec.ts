import { closeSync, existsSync, openSync } from 'node:fs';
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../src/sandbox/sandbox.js';
import { deferred, startServer, until } from './support/far-end.js';
import { spawnGateway, startProcess, type Started, transpile } from './support/start-process.js';
import { Tokens } from './support/tokens.js';

const travel = '/api/organizations/fernweh00000';

let program: ReturnType<typeof transpile>;
let logto: Sandbox;
let token: string;
const running = new Set<Started>();

beforeAll(async () => {
  program = transpile();
  logto = await startSandbox();
  token = await new Tokens(logto).service();
});
afterEach(() => {
  for (const { child } of running) child.kill('SIGKILL');
  running.clear();
  logto.faults.clear();
  logto.forget();
});
afterAll(async () => {
  await logto.close();
  program.remove();
});

/** Starts the gateway with a separate sandbox, so that the test sees which requests are in flight. */
const start = async (env: NodeJS.ProcessEnv = {}, before?: string): Promise<Started> => {
  const started = await startProcess(program.main, {
    env: {
      LOGTO_ENDPOINT: logto.url,
      LOGTO_CLIENT_ID: logto.demo.clients.gateway.id,
      LOGTO_CLIENT_SECRET: logto.demo.clients.gateway.secret,
      AUTH_AUDIENCE: logto.audience,
      ...env,
    },
    ...(before && { before }),
  });
  running.add(started);
  return started;
};

/** Sends a request with an agent, so that connections are kept alive. */
const ask = (url: string, agent?: Agent): Promise<{ response: IncomingMessage; text: string }> =>
  new Promise((resolve, reject) => {
    get(url, { agent: agent ?? false, headers: { authorization: `Bearer ${token}` } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ response, text }));
    }).on('error', reject);
  });

/** JavaScript that has servers keep idle connections for longer than any test lasts; Node's own choice is 5 s. */
const PATIENT = `
  import http from 'node:http';
  import { syncBuiltinESMExports } from 'node:module';
  const { createServer } = http;
  http.createServer = (...args) => Object.assign(createServer(...args), { keepAliveTimeout: 600_000 });
  syncBuiltinESMExports();`;

const isRefused = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), 'localhost');
    socket.once('connect', () => (socket.destroy(), resolve(false))).once('error', () => resolve(true));
  });

describe('the process, told to stop', () => {
  it('is not ready at once, takes requests until the delay is over, finishes those under way, and ends with 0', async () => {
    const { child, url, output, ended } = await start({ SHUTDOWN_DELAY_MS: '3000', LOG_LEVEL: 'info' });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const warm = await ask(url() + travel, agent);
    expect(warm.response.headers.connection).toBe('keep-alive');

    child.kill('SIGTERM');
    await until('the signal has arrived', () => output.out.includes('SIGTERM'));
    const ready = await ask(`${url()}/health/ready`);
    expect(ready.response.statusCode).toBe(503);
    expect(JSON.parse(ready.text)).toMatchObject({
      code: 'shutting_down',
      details: { overload: { status: 'ok' }, logto: expect.anything() },
    });
    expect((await ask(`${url()}/health/live`)).response.statusCode).toBe(200);
    const late = await ask(url() + travel, agent);
    expect(late.response.statusCode).toBe(200);
    expect(late.response.headers.connection).toBe('close');

    const released = deferred<void>();
    logto.faults.add({ path: /users/, delayUntil: released.promise });
    const inFlight = ask(`${url()}${travel}/users?page=2`);
    await until('it listens no more', () => isRefused(url()));
    released.resolve();
    const last = await inFlight;
    expect(last.response.statusCode).toBe(200);
    expect(await ended).toBe(0);
  });

  it('lets nobody wait for a connection that is kept open: idle ones, and those that fall idle, are closed', async () => {
    const { child, url, output, ended } = await start({ LOG_LEVEL: 'info' }, PATIENT);
    const agent = new Agent({ keepAlive: true });
    const released = deferred<void>();
    logto.faults.add({ path: new RegExp(travel), delayUntil: released.promise });
    // One idle, one that never asked anything, one under way whose answer still promises to keep the connection.
    await ask(`${url()}/health/live`, agent);
    const silent = connect(Number(new URL(url()).port), 'localhost').on('error', () => undefined);
    const inFlight = ask(url() + travel, agent);
    await until('the request is under way', () => logto.requests.some(({ path }) => path === travel));
    child.kill('SIGTERM');
    await until('the signal has arrived', () => output.out.includes('SIGTERM'));
    released.resolve();
    expect((await inFlight).response.statusCode).toBe(200);
    // Whoever waits longer than the grace period ends with 1.
    expect(await ended).toBe(0);
    expect(output.err).toBe('');
    silent.destroy();
  });

  it('exits with 1 and a log line when requests outlast the grace period', async () => {
    const { child, url, output, ended } = await start({ SHUTDOWN_GRACE_MS: '200' });
    await ask(`${url()}${travel}/users`);
    logto.faults.add({ path: new RegExp(travel), hang: true });
    const cut = ask(url() + travel).then(
      () => 'answered',
      () => 'cut',
    );
    await until('the request is in flight', () => logto.requests.some(({ path }) => path === travel));
    child.kill('SIGTERM');
    expect(await ended).toBe(1);
    expect(await cut).toBe('cut');
    expect(output.out).toContain('still in flight when the grace period ended');
  });

  it('exits at once on a second signal', async () => {
    const { child, output, ended } = await start({ SHUTDOWN_DELAY_MS: '60000' });
    child.kill('SIGTERM');
    await until('the signal has arrived', () => output.out.includes('SIGTERM'));
    child.kill('SIGTERM');
    expect(await ended).toBe(1);
  });

  it('does not wait for the delay after Ctrl-C', async () => {
    const { child, ended } = await start({ SHUTDOWN_DELAY_MS: '60000' });
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });
});

describe('the process, after an uncaught error', () => {
  it.each([
    ['an exception', 'throw new Error("uncaught")'],
    ['a rejected promise', 'Promise.reject(new Error("uncaught"))'],
  ])('logs %s once and exits with 1', async (_what, fault) => {
    const { child, output, ended } = await start({}, `process.on('SIGUSR2', () => { ${fault} })`);
    child.kill('SIGUSR2');
    expect(await ended).toBe(1);
    const lines = `${output.out}${output.err}`.split('\n').filter((line) => line.includes('uncaught'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'fatal', err: { message: 'uncaught' } });
  });
});

/** Log lines of reads may be buffered, but none is lost, however the process ends. */
describe('the log of reads', () => {
  const READS = 20;

  const lines = ({ output }: Started): { msg: string }[] =>
    output.out
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { msg: string });
  const messages = (started: Started): string[] => lines(started).map(({ msg }) => msg);
  const reads = (started: Started): string[] => messages(started).filter((msg) => msg === 'GET 200');

  /** Uses one connection, so that each request is logged before the next is answered. */
  const read = async (started: Started, agent: Agent, path = travel): Promise<void> => {
    for (let turn = 0; turn < READS; turn += 1) {
      const { response } = await ask(started.url() + path, agent);
      expect(response.statusCode).toBe(200);
    }
  };
  const onOneConnection = () => new Agent({ keepAlive: true, maxSockets: 1 });

  it('has the reads just before a stop signal', async () => {
    const started = await start();
    await read(started, onOneConnection());
    started.child.kill('SIGTERM');
    expect(await started.ended).toBe(0);
    expect(reads(started)).toHaveLength(READS);
  });

  it('has the last one, with nothing behind it', async () => {
    const started = await start({ SHUTDOWN_DELAY_MS: '0', LOG_LEVEL: 'info' });
    const released = deferred<void>();
    logto.faults.add({ path: new RegExp(travel), delayUntil: released.promise });
    const last = ask(started.url() + travel);
    await until('the read is in flight', () => logto.requests.some(({ path }) => path === travel));
    started.child.kill('SIGTERM');
    await until('the signal has arrived', () => started.output.out.includes('SIGTERM'));
    released.resolve();
    expect((await last).response.statusCode).toBe(200);
    expect(await started.ended).toBe(0);
    expect(messages(started).at(-1)).toBe('GET 200');
  });

  it('has the reads before an uncaught exception, and then the exception', async () => {
    const started = await start({}, `process.on('SIGUSR2', () => { throw new Error('uncaught'); })`);
    await read(started, onOneConnection());
    started.child.kill('SIGUSR2');
    expect(await started.ended).toBe(1);
    expect(reads(started)).toHaveLength(READS);
    expect(messages(started).at(-1)).toBe('uncaught exception; the process exits');
  });

  it('has the reads before process.exit', async () => {
    const started = await start({}, `process.on('SIGUSR2', () => process.exit(3))`);
    await read(started, onOneConnection());
    started.child.kill('SIGUSR2');
    expect(await started.ended).toBe(3);
    expect(reads(started)).toHaveLength(READS);
  });

  it('is flushed after a moment', async () => {
    const started = await start();
    await read(started, onOneConnection());
    await until('the lines are there', () => reads(started).length >= READS);
    expect(reads(started)).toHaveLength(READS);
  });

  it('has complete lines when the buffer is flushed because of its size', async () => {
    const started = await start();
    const agent = onOneConnection();
    // About 60 kB, faster than the periodic flush.
    for (let round = 0; round < 10; round += 1) await read(started, agent);
    started.child.kill('SIGTERM');
    expect(await started.ended).toBe(0);
    expect(reads(started)).toHaveLength(10 * READS);
  });

  it.each([
    ['a read that failed', 'GET', `${travel}/users?page=0`, 'GET 400'],
    ['a write', 'DELETE', '/internal/cache?tag=organization:nobody', 'DELETE 204'],
  ])('has %s at once, after the reads before it', async (_what, method, path, msg) => {
    const started = await start();
    const agent = onOneConnection();
    await read(started, agent);
    await new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` };
      request(started.url() + path, { method, agent, headers }, (response) => response.resume().once('end', resolve))
        .on('error', reject)
        .end();
    });
    // Answered on the same connection, so the requests before are complete. It is not logged itself.
    await ask(`${started.url()}/health/live`, agent);
    // Anything still buffered is lost.
    started.child.kill('SIGKILL');
    await started.ended;
    const logged = messages(started).filter((text) => /^(GET|DELETE) \d+$/.test(text));
    expect(logged).toEqual([...Array<string>(READS).fill('GET 200'), msg]);
  });
});

describe('the process, without a reader of its log', () => {
  const spawned = () => {
    const started = spawnGateway(program.main);
    running.add(started);
    return started;
  };

  it('does not start, and says why', async () => {
    const { child, ended, output } = spawned();
    child.stdout?.destroy();
    expect(await ended).toBe(1);
    expect(output.err).toContain('EPIPE');
  });

  it('continues when the reader is closed later, and exits normally', async () => {
    const { child, ended, url } = spawned();
    await until('the gateway listens', () => url() !== '', 20_000);
    child.stdout?.destroy();
    for (let i = 0; i < 3; i++) expect((await ask(url() + travel)).response.statusCode).toBe(401);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});

// On Linux, /dev/full is a device that is always full.
(existsSync('/dev/full') ? describe : describe.skip)('the process, unable to write its log', () => {
  it('exits with 1, and says why', async () => {
    const full = openSync('/dev/full', 'w');
    const started = spawnGateway(program.main, { stdio: ['ignore', full, 'pipe'] });
    running.add(started);
    closeSync(full);
    expect(await started.ended).toBe(1);
    expect(started.output.err).toContain('ENOSPC');
  });
});

describe('the process, started before Logto', () => {
  it('is alive but not ready until Logto is available', async () => {
    const place = await startServer(() => undefined);
    await place.close();
    const { url } = await start({ LOGTO_ENDPOINT: place.url });
    expect((await ask(`${url()}/health/live`)).response.statusCode).toBe(200);
    const ready = await ask(`${url()}/health/ready`);
    expect(ready.response.statusCode).toBe(503);
    expect(JSON.parse(ready.text)).toMatchObject({
      code: 'upstream.unavailable',
      details: { logto: { status: 'failing', code: 'upstream.unavailable' } },
    });
    const late = await startSandbox({ port: Number(new URL(place.url).port) });
    await until('the gateway is ready', async () => (await ask(`${url()}/health/ready`)).response.statusCode === 200);
    await late.close();
  });
});
