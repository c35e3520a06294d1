import { closeSync, existsSync, openSync } from 'node:fs';
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../src/sandbox/sandbox.js';
import { startServer, until } from './support/far-end.js';
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
  logto.latencyMs = 0;
  logto.forget();
});
afterAll(async () => {
  await logto.close();
  program.remove();
});

/** The gateway before a Logto of the test's, so that it is known which request is where. */
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

/** A request over an agent, so that connections are kept; resolves with the answer and its text. */
const ask = (url: string, agent?: Agent): Promise<{ response: IncomingMessage; text: string }> =>
  new Promise((resolve, reject) => {
    get(url, { agent: agent ?? false, headers: { authorization: `Bearer ${token}` } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ response, text }));
    }).on('error', reject);
  });

const isRefused = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), 'localhost');
    socket.once('connect', () => (socket.destroy(), resolve(false))).once('error', () => resolve(true));
  });

describe('the process, told to stop', () => {
  it('is not ready at once, takes requests until the delay is over, finishes those under way, and ends with 0', async () => {
    const { child, url, said, ended } = await start({ SHUTDOWN_DELAY_MS: '1000', LOG_LEVEL: 'info' });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const warm = await ask(url() + travel, agent);
    expect(warm.response.headers.connection).toBe('keep-alive');

    child.kill('SIGTERM');
    await until('the signal has arrived', () => said.out.includes('SIGTERM'));
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

    logto.latencyMs = 1500;
    const underWay = ask(`${url()}${travel}/users?page=2`);
    await until('it listens no more', () => isRefused(url()));
    const last = await underWay;
    expect(last.response.statusCode).toBe(200);
    expect(await ended).toBe(0);
  });

  it('lets nobody wait for a connection that is kept open: idle ones, and those that fall idle, are closed', async () => {
    const { child, url, said, ended } = await start();
    const agent = new Agent({ keepAlive: true });
    logto.latencyMs = 300;
    // One idle, one that never asked anything, one under way whose answer still promises to keep the connection.
    await ask(`${url()}/health/live`, agent);
    const silent = connect(Number(new URL(url()).port), 'localhost').on('error', () => undefined);
    const underWay = ask(url() + travel, agent);
    await until('the request is under way', () => logto.requests.some(({ path }) => path === travel));
    const at = performance.now();
    child.kill('SIGTERM');
    expect((await underWay).response.statusCode).toBe(200);
    expect(await ended).toBe(0);
    // Node keeps an idle connection for 5 s.
    expect(performance.now() - at).toBeLessThan(3000);
    expect(said.err).toBe('');
    silent.destroy();
  });

  it('ends with 1 when requests outlast the grace period, and says so', async () => {
    const { child, url, said, ended } = await start({ SHUTDOWN_GRACE_MS: '200' });
    await ask(`${url()}${travel}/users`);
    logto.latencyMs = 3000;
    const cut = ask(url() + travel).then(
      () => 'answered',
      () => 'cut',
    );
    await until('the request is under way', () => logto.requests.some(({ path }) => path === travel));
    child.kill('SIGTERM');
    expect(await ended).toBe(1);
    expect(await cut).toBe('cut');
    expect(said.out).toContain('still under way when the grace period ended');
  });

  it('ends at once on a second signal', async () => {
    const { child, said, ended } = await start({ SHUTDOWN_DELAY_MS: '60000' });
    child.kill('SIGTERM');
    await until('the signal has arrived', () => said.out.includes('SIGTERM'));
    child.kill('SIGTERM');
    expect(await ended).toBe(1);
  });

  it('does not let who types Ctrl-C wait for the delay', async () => {
    const { child, ended } = await start({ SHUTDOWN_DELAY_MS: '60000' });
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });
});

describe('the process, met by what nobody foresaw', () => {
  it.each([
    ['an exception', 'throw new Error("of nobody")'],
    ['a rejected promise', 'Promise.reject(new Error("of nobody"))'],
  ])('logs %s once and ends with 1', async (_what, fault) => {
    const { child, said, ended } = await start({}, `process.on('SIGUSR2', () => { ${fault} })`);
    child.kill('SIGUSR2');
    expect(await ended).toBe(1);
    const lines = `${said.out}${said.err}`.split('\n').filter((line) => line.includes('of nobody'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'fatal', err: { message: 'of nobody' } });
  });
});

/** Lines of reads may wait for each other; whatever ends the process, none is lost. */
describe('the log of reads', () => {
  const READS = 20;

  const lines = ({ said }: Started): { msg: string }[] =>
    said.out
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { msg: string });
  const said = (started: Started): string[] => lines(started).map(({ msg }) => msg);
  const reads = (started: Started): string[] => said(started).filter((msg) => msg === 'GET 200');

  /** Asks over one connection, so that the note of each is taken before the next is answered. */
  const read = async (started: Started, agent: Agent, path = travel): Promise<void> => {
    for (let turn = 0; turn < READS; turn += 1) {
      const { response } = await ask(started.url() + path, agent);
      expect(response.statusCode).toBe(200);
    }
  };
  const onOneConnection = () => new Agent({ keepAlive: true, maxSockets: 1 });

  it('has those asked just before the process is told to stop', async () => {
    const started = await start();
    await read(started, onOneConnection());
    started.child.kill('SIGTERM');
    expect(await started.ended).toBe(0);
    expect(reads(started)).toHaveLength(READS);
  });

  it('has the last one, with nothing behind it', async () => {
    const started = await start({ SHUTDOWN_DELAY_MS: '0' });
    logto.latencyMs = 500;
    const last = ask(started.url() + travel);
    await until('the read is under way', () => logto.requests.some(({ path }) => path === travel));
    started.child.kill('SIGTERM');
    expect((await last).response.statusCode).toBe(200);
    expect(await started.ended).toBe(0);
    expect(said(started).at(-1)).toBe('GET 200');
  });

  it('has those asked before an exception that nobody caught, and says that behind them', async () => {
    const started = await start({}, `process.on('SIGUSR2', () => { throw new Error('of nobody'); })`);
    await read(started, onOneConnection());
    started.child.kill('SIGUSR2');
    expect(await started.ended).toBe(1);
    expect(reads(started)).toHaveLength(READS);
    expect(said(started).at(-1)).toBe('nobody caught this; the process ends');
  });

  it('has those asked before the process ends of its own accord', async () => {
    const started = await start({}, `process.on('SIGUSR2', () => process.exit(3))`);
    await read(started, onOneConnection());
    started.child.kill('SIGUSR2');
    expect(await started.ended).toBe(3);
    expect(reads(started)).toHaveLength(READS);
  });

  it('has no read wait for more than a moment', async () => {
    const started = await start();
    await read(started, onOneConnection());
    await until('the lines are there', () => reads(started).length >= READS, 2000);
    expect(reads(started)).toHaveLength(READS);
  });

  it('has all lines whole where they are too many to wait', async () => {
    const started = await start();
    const agent = onOneConnection();
    // Some 60 kB, sooner than they would be written anyway.
    for (let round = 0; round < 10; round += 1) await read(started, agent);
    started.child.kill('SIGTERM');
    expect(await started.ended).toBe(0);
    expect(reads(started)).toHaveLength(10 * READS);
  });

  it.each([
    ['a read that failed', 'GET', `${travel}/users?page=0`, 'GET 400'],
    ['a write', 'DELETE', '/internal/cache?tag=organization:nobody', 'DELETE 204'],
  ])('has %s at once, and the reads before it before it', async (_what, method, path, msg) => {
    const started = await start();
    const agent = onOneConnection();
    await read(started, agent);
    await new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` };
      request(started.url() + path, { method, agent, headers }, (response) => response.resume().once('end', resolve))
        .on('error', reject)
        .end();
    });
    // Answered on the same connection: what came before it is over. It leaves no line.
    await ask(`${started.url()}/health/live`, agent);
    // Whatever waits is lost.
    started.child.kill('SIGKILL');
    await started.ended;
    const told = said(started).filter((text) => /^(GET|DELETE) \d+$/.test(text));
    expect(told).toEqual([...Array<string>(READS).fill('GET 200'), msg]);
  });
});

describe('the process, with nobody to read its log', () => {
  const spawned = () => {
    const started = spawnGateway(program.main);
    running.add(started);
    return started;
  };

  it('does not start, and tells why', async () => {
    const { child, ended, said } = spawned();
    child.stdout?.destroy();
    expect(await ended).toBe(1);
    expect(said.err).toContain('EPIPE');
  });

  it('goes on when the reader leaves later, and ends as it always does', async () => {
    const { child, ended, url } = spawned();
    await until('the gateway listens', () => url() !== '', 20_000);
    child.stdout?.destroy();
    for (let i = 0; i < 3; i++) expect((await ask(url() + travel)).response.statusCode).toBe(401);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});

// A disk that is always full; Linux has one.
(existsSync('/dev/full') ? describe : describe.skip)('the process, unable to write its log', () => {
  it('ends with 1, and tells why', async () => {
    const full = openSync('/dev/full', 'w');
    const started = spawnGateway(program.main, { stdio: ['ignore', full, 'pipe'] });
    running.add(started);
    closeSync(full);
    expect(await started.ended).toBe(1);
    expect(started.said.err).toContain('ENOSPC');
  });
});

describe('the process, started before Logto', () => {
  it('runs, is not ready, and becomes so when Logto comes', async () => {
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
