import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { callerToken } from './harness/caller-token.js';
import { GATEWAY, LineUp } from './harness/line-up.js';
import { putLoad } from './harness/load.js';

// Started by `npm run bench:memory`: the memory after a million requests. Three of four read one of many organizations, the rest read
// overviews, so that the cache fills and has to evict. --requests=100000 makes it shorter; --node="--a-flag --another" adds flags of Node.

const option = (name: string): string | undefined =>
  process.argv.find((text) => text.startsWith(`--${name}=`))?.slice(name.length + 3);
const wanted = Number(option('requests') ?? 1_000_000);
const nodeOptions = option('node')?.split(' ') ?? [];

const CACHE_MB = 64;
const ALLOWED_MB = 40;

const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
const lineUp = new LineUp(folder);
try {
  const stub = await lineUp.stub();
  const gateway = await lineUp.gateway(
    'gateway',
    stub,
    { CACHE_MAX_BYTES: String(CACHE_MB * 1024 ** 2), LOG_READS_EVERY: '1000' },
    [...nodeOptions, GATEWAY],
  );
  const headers = {
    authorization: `Bearer ${await callerToken(stub.url, 'read:organizations read:members read:roles')}`,
  };
  await pause(2000);
  const idle = gateway.rssMb();
  process.stdout.write(`idle: ${Math.round(idle)} MB\n`);
  let done = 0;
  while (done < wanted) {
    const common = { url: gateway.url, headers, connections: 32, seconds: 5 };
    const reads = await putLoad({ ...common, path: '/api/organizations/org{n}', count: 20_000 });
    const overviews = await putLoad({ ...common, seconds: 1, path: '/api/organizations/org{n}/overview', count: 200 });
    done += reads.requests + overviews.requests;
    process.stdout.write(`${done.toLocaleString('en')} requests: ${Math.round(gateway.rssMb())} MB\n`);
  }
  await pause(5000);
  const after = gateway.rssMb();
  const bound = idle + CACHE_MB + ALLOWED_MB;
  process.stdout.write(
    `afterwards: ${Math.round(after)} MB, target ≤ ${Math.round(bound)} MB: ${after <= bound ? 'reached' : 'missed'}\n`,
  );
} finally {
  await lineUp.stop();
  rmSync(folder, { recursive: true, force: true });
}
