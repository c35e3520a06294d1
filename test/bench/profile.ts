import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callerToken } from './harness/caller-token.js';
import { IN_FILES, LineUp } from './harness/line-up.js';
import { type LoadSpec, putLoad } from './harness/load.js';
import { sharesOf } from './harness/profile.js';

// Started by `npm run bench:profile`: prints a table of the CPU time of each kind of work.

const SECONDS = 8;
/** The start-up and compilation are not part of the cost of a request. */
const SKIP_MS = 4000;
const LINES = 16;

interface Work extends Pick<LoadSpec, 'path' | 'count' | 'method' | 'body'> {
  readonly name: string;
  readonly env?: Readonly<Record<string, string>>;
}

const WORKS: readonly Work[] = [
  { name: 'warm GET', path: '/api/organizations/fernweh00000' },
  { name: 'cold GET', path: '/api/organizations/org{n}', count: 5000, env: { CACHE_MAX_BYTES: '0' } },
  { name: 'warm overview', path: '/api/organizations/fernweh00000/overview' },
  {
    name: 'write',
    path: '/api/organizations/org{n}/users',
    count: 5000,
    method: 'POST',
    body: '{"userIds":["user00000001"]}',
  },
];

const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));

async function profileOf({ name, env, ...load }: Work): Promise<ReadonlyMap<string, number>> {
  const lineUp = new LineUp(folder);
  const file = `${name.replaceAll(' ', '-')}.cpuprofile`;
  try {
    const stub = await lineUp.stub();
    const program = ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${file}`, IN_FILES];
    const gateway = await lineUp.gateway(name, stub, env, program);
    const token = await callerToken(stub.url, 'read:organizations read:members read:roles manage:members');
    const headers = { authorization: `Bearer ${token}`, ...(load.body && { 'content-type': 'application/json' }) };
    await putLoad({ url: gateway.url, headers, connections: 32, seconds: SECONDS, ...load });
  } finally {
    await lineUp.stop();
  }
  return new Map(
    sharesOf(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Parameters<typeof sharesOf>[0], SKIP_MS),
  );
}

try {
  const profiles: ReadonlyMap<string, number>[] = [];
  for (const work of WORKS) profiles.push(await profileOf(work));
  const whole = new Map<string, number>();
  for (const profile of profiles)
    for (const [owner, share] of profile) whole.set(owner, (whole.get(owner) ?? 0) + share);
  const owners = [...whole].toSorted(([, a], [, b]) => b - a).map(([owner]) => owner);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const rows = owners
    .slice(0, LINES)
    .map((owner) => line([owner, ...profiles.map((profile) => percent(profile.get(owner) ?? 0))]));
  const rest = profiles.map((profile) =>
    percent(owners.slice(LINES).reduce((sum, owner) => sum + (profile.get(owner) ?? 0), 0)),
  );
  const head = ['where', ...WORKS.map(({ name }) => name)];
  process.stdout.write(
    `${[line(head), line(head.map(() => '---')), ...rows, line(['everything else', ...rest])].join('\n')}\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
