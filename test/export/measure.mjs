// Measures the memory of a gateway during exports of 100,000 members: `npm run build && node test/export/measure.mjs`. One client reads
// a line a second, one disconnects, and one reads everything.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

// Imported by URL, because the build output does not exist when the sources are checked.
const { startSandbox } = await import(new URL('../../src/sandbox/sandbox.js', import.meta.url).href);

const MEMBERS = 100_000;
const SLOW_SECONDS = 30;

const sandbox = await startSandbox();
const { clients } = sandbox.demo;
const tokenOf = async ({ id, secret }, resource) => {
  const response = await fetch(`${sandbox.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource, scope: 'all' }),
  });
  return (await response.json()).access_token;
};
const management = await tokenOf(clients.gateway, 'https://default.logto.app/api');
const created = await fetch(`${sandbox.url}/api/organizations`, {
  method: 'POST',
  headers: { authorization: `Bearer ${management}`, 'content-type': 'application/json' },
  body: JSON.stringify({ name: 'Crowded' }),
});
const { id } = await created.json();
sandbox.populate(id, MEMBERS);

const probe = createServer().listen(0, '127.0.0.1');
await once(probe, 'listening');
const { port } = probe.address();
probe.close();
const gateway = spawn(process.execPath, ['dist/main.bundle.js'], {
  env: {
    ...process.env,
    PORT: String(port),
    LOG_LEVEL: 'error',
    LOGTO_ENDPOINT: sandbox.url,
    LOGTO_CLIENT_ID: clients.gateway.id,
    LOGTO_CLIENT_SECRET: clients.gateway.secret,
    AUTH_AUDIENCE: sandbox.audience,
  },
  stdio: ['ignore', 'ignore', 'inherit'],
});
const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))[1]) / 1024;
const say = (text) => process.stdout.write(`${text}\n`);
const pages = () => sandbox.requests.filter(({ path }) => path.includes('/users?')).length;
const at = `http://127.0.0.1:${port}`;
const ready = () =>
  fetch(`${at}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

try {
  while (!(await ready())) await pause(100);
  const authorization = `Bearer ${await tokenOf(clients.service, sandbox.audience)}`;
  const open = async (organization) => {
    const request = get(`${at}/api/organizations/${organization}/users/export`, {
      headers: { authorization },
      agent: false,
    });
    const [response] = await once(request, 'response');
    return response;
  };
  const readAll = async (response) => {
    let bytes = 0;
    let peak = 0;
    let tail = '';
    for await (const chunk of response) {
      bytes += chunk.length;
      tail = (tail + chunk).slice(-60);
      peak = Math.max(peak, rss());
    }
    return { bytes, peak, last: tail.trimEnd().split('\n').at(-1) };
  };
  await readAll(await open(sandbox.demo.organizations.travel));
  const before = rss();
  say(`memory before: ${before.toFixed(0)} MB`);

  sandbox.forget();
  const slow = await open(id);
  let slowest = 0;
  for (let second = 0; second < SLOW_SECONDS; second += 1) {
    // About one line.
    while (slow.read(600) === null && slow.readableLength < 600) await once(slow, 'readable');
    await pause(1000);
    slowest = Math.max(slowest, rss());
    if (second === 2)
      say(`one line a second: ${pages()} pages read after 3 s, memory grown by ${(rss() - before).toFixed(0)} MB`);
  }
  const ahead = pages();
  say(
    `one line a second: ${ahead} pages read after ${SLOW_SECONDS} s, memory grown by ${(slowest - before).toFixed(0)} MB at most`,
  );
  slow.destroy();
  await pause(500);
  say(`reader gone: ${pages() - ahead} further pages`);

  sandbox.forget();
  const from = performance.now();
  const { bytes, peak, last } = await readAll(await open(id));
  const seconds = (performance.now() - from) / 1000;
  say(
    `${MEMBERS} members: ${pages()} pages, ${(bytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(1)} s, memory grown by ${(peak - before).toFixed(0)} MB at most; last line ${last}`,
  );
} finally {
  gateway.kill('SIGTERM');
  await once(gateway, 'exit');
  await sandbox.close();
}
