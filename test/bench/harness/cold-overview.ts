import { Agent, get } from 'node:http';
import { ask, type Question } from './answer.js';
import type { ResultRow } from './compare.js';
import { MEMBERS } from '../stub/tenant.js';
import { median } from './statistics.js';

const LATENCY_MS = 20;
const PAGES = MEMBERS / 100;
/** The organization, the pages of its members, the catalogue. */
export const CALLS = 1 + PAGES + 1;
const TIMES = 7;
const CROWD = 1000;

interface Setting {
  readonly stub: string;
  /** Without a cache. */
  readonly coldGateway: string;
  /** With all features, including the cache. */
  readonly gateway: string;
  readonly nPlusOne: string;
  readonly question: Question;
}

interface Wall {
  readonly ms: number;
  readonly calls: number;
}

const callsSince = async (stub: string): Promise<number> =>
  (JSON.parse((await ask(`${stub}/bench/calls`)).body.toString()) as { readonly calls: number }).calls;

const setLatency = async (stub: string, ms: number): Promise<void> => {
  await ask(`${stub}/bench/latency/${ms}`, { method: 'PUT' });
};

/** The duration and the upstream calls of one overview. The first is ignored, because it opens connections and compiles code. */
async function walls(stub: string, url: (turn: number) => string, question: Question): Promise<Wall> {
  const ms: number[] = [];
  let calls = 0;
  for (let turn = 0; turn <= TIMES; turn += 1) {
    await callsSince(stub);
    const startedAt = performance.now();
    const { status } = await ask(url(turn), question);
    if (status !== 200) throw new Error(`${url(turn)} was answered ${status}`);
    if (turn > 0) ms.push(performance.now() - startedAt);
    calls = await callsSince(stub);
  }
  return { ms: median(ms), calls };
}

/** A thousand concurrent callers, each with its own connection. */
async function crowd(url: string, headers: Readonly<Record<string, string>>): Promise<Map<number, number>> {
  const agent = new Agent({ maxSockets: CROWD });
  const one = (): Promise<number> =>
    new Promise((resolve, reject) => {
      get(url, { headers, agent }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      }).on('error', reject);
    });
  const statuses = await Promise.all(Array.from({ length: CROWD }, one));
  const counted = new Map<number, number>();
  for (const status of statuses) counted.set(status, (counted.get(status) ?? 0) + 1);
  return counted;
}

/** The cost of an uncached overview of 500 members, with Logto 20 ms away. */
export async function coldOverviews({ stub, coldGateway, gateway, nPlusOne, question }: Setting): Promise<ResultRow[]> {
  const overview = (server: string) => (turn: number) => `${server}/api/organizations/cold${turn}/overview`;
  await setLatency(stub, LATENCY_MS);
  const trip = await walls(stub, (turn) => `${stub}/api/organizations/trip${turn}`, {});
  const ours = await walls(stub, overview(coldGateway), question);
  const theirs = await walls(stub, overview(nPlusOne), {});
  await callsSince(stub);
  const statuses = await crowd(`${gateway}/api/organizations/crowd/overview`, question.headers ?? {});
  const callsOfCrowd = await callsSince(stub);
  await setLatency(stub, 0);

  const work = `cold overview of ${MEMBERS} members, Logto ${LATENCY_MS} ms away`;
  const trips = ours.ms / trip.ms;
  const faster = theirs.ms / ours.ms;
  const allGood = statuses.get(200) === CROWD;
  const said = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ');
  return [
    {
      work: `${work}: wall`,
      gateway: `${ours.ms.toFixed(1)} ms`,
      against: 'one round trip to the stub',
      peer: `${trip.ms.toFixed(1)} ms`,
      ratio: trips.toFixed(2),
      cpuRatio: '',
      target: '≤ 2.5',
      reached: trips <= 2.5,
    },
    {
      work: `${work}: calls to Logto`,
      gateway: String(ours.calls),
      against: 'its parts: organization, pages, catalogue',
      peer: String(CALLS),
      ratio: '',
      cpuRatio: '',
      target: `= ${CALLS}`,
      reached: ours.calls === CALLS,
    },
    {
      work: `${work}: wall`,
      gateway: `${ours.ms.toFixed(1)} ms, ${ours.calls} calls`,
      against: 'N+1 by hand, keep-alive, 16 in parallel',
      peer: `${theirs.ms.toFixed(1)} ms, ${theirs.calls} calls`,
      ratio: `${faster.toFixed(1)} × faster`,
      cpuRatio: '',
      target: '≥ 10 ×',
      reached: faster >= 10,
    },
    {
      work: `${CROWD} concurrent requests for one cold overview: calls to Logto`,
      gateway: `${callsOfCrowd} (${said})`,
      against: 'one set of calls',
      peer: String(CALLS),
      ratio: '',
      cpuRatio: '',
      target: `≤ ${CALLS}`,
      reached: callsOfCrowd <= CALLS && allGood,
    },
  ];
}
