import { type Answer, ask, type Expectation, isOfSize, objections, type Question } from './answer.js';
import { type LoadResult, type LoadSpec, putLoad } from './load.js';
import type { RunningServer } from './servers.js';
import { median, medianRatio, range } from './statistics.js';

/** A measured server, and the request to it. */
export interface Contender {
  readonly name: string;
  readonly server: RunningServer;
  /** `{n}` is replaced by `count` values in turn. */
  readonly path: string;
  readonly count?: number;
  readonly question?: Question;
  readonly expected: Expectation;
}

export interface Peer extends Contender {
  /** The target of our requests per second divided by the peer's. */
  readonly target?: number;
}

export interface Comparison {
  readonly work: string;
  readonly gateway: Contender;
  readonly peers: readonly Peer[];
  readonly connections: number;
  /** The shortest round in which somebody is answered even where the machine is busy; 1 unless given. */
  readonly leastSeconds?: number;
}

export interface Effort {
  readonly rounds: number;
  readonly seconds: number;
}

export interface Measured {
  readonly name: string;
  readonly perSecond: readonly number[];
  /** CPU time of the server for one request, in microseconds. Other work on the machine hardly affects it. */
  readonly cpuUs: readonly number[];
}

/** The number of requests until V8 has compiled the code, or as many as are possible in this number of seconds. */
const WARM_UP = { requests: 10_000, seconds: 8 };

/** Checks one answer before and after the load. */
async function checked({ name, server, path, question, expected }: Contender, work: string): Promise<Answer> {
  const answer = await ask(server.url + path.replace('{n}', '000001'), question);
  const wrong = objections(answer, expected);
  if (wrong.length > 0) throw new Error(`${work}: ${name} answers wrongly: ${wrong.join('; ')}`);
  return answer;
}

export interface Round extends LoadResult {
  readonly cpuMs: number;
}

/** One round of load. Throws when an answer failed or differs in size from the checked one. */
export async function oneRound(
  contender: Contender,
  more: Pick<LoadSpec, 'connections' | 'seconds' | 'rate'>,
  wireBytes: number,
): Promise<Round> {
  const { name, server, path, count, question } = contender;
  const { method, headers = {}, body } = question ?? {};
  const before = server.cpuMs();
  const result = await putLoad({ url: server.url, path, count, method, headers, body, ...more });
  const cpuMs = server.cpuMs() - before;
  if (result.requests === 0) throw new Error(`${name} answered nothing within ${more.seconds} s`);
  const mean = result.bytes / result.requests;
  if (result.failures > 0) throw new Error(`${name} failed ${result.failures} of ${result.requests} requests`);
  if (!isOfSize(mean, wireBytes))
    throw new Error(
      `${name} sent ${Math.round(mean)} bytes an answer under load, and ${wireBytes} when it was looked at`,
    );
  return { ...result, cpuMs };
}

/** Has a server serve what it is about to be measured by. */
async function warmUp(
  contender: Contender,
  load: { readonly connections: number; readonly seconds: number },
  wireBytes: number,
): Promise<void> {
  let done = 0;
  for (let spent = 0; spent < WARM_UP.seconds && done < WARM_UP.requests; spent += load.seconds)
    done += (await oneRound(contender, load, wireBytes)).requests;
}

/** Runs A B A B …, in reverse order every other round, so that each side is first as often as last. */
export async function compare(
  { work, gateway, peers, connections, leastSeconds = 1 }: Comparison,
  { rounds, seconds }: Effort,
): Promise<readonly Measured[]> {
  const contenders = [gateway, ...peers];
  const load = { connections, seconds: Math.max(seconds, leastSeconds) };
  const sizes = new Map<Contender, number>();
  for (const contender of contenders) {
    sizes.set(contender, (await checked(contender, work)).wireBytes);
    await warmUp(contender, { connections, seconds: leastSeconds }, sizes.get(contender) ?? 0);
  }
  const results = new Map<Contender, Round[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed())
      results.get(contender)?.push(await oneRound(contender, load, sizes.get(contender) ?? 0));
  }
  for (const contender of contenders) await checked(contender, work);
  return contenders.map((contender) => {
    const all = results.get(contender) ?? [];
    return {
      name: contender.name,
      perSecond: all.map((result) => result.requests / result.seconds),
      cpuUs: all.map((result) => (result.cpuMs * 1000) / result.requests),
    };
  });
}

/** A row of the table. */
export interface ResultRow {
  readonly work: string;
  readonly gateway: string;
  readonly against: string;
  readonly peer: string;
  readonly ratio: string;
  /** CPU time of the peer for one request divided by ours. */
  readonly cpuRatio: string;
  readonly target: string;
  /** Undefined without a target. */
  readonly reached: boolean | undefined;
}

export const perSecond = (values: readonly number[]): string => {
  const [low, high] = range(values);
  const round = (value: number) => Math.round(value).toLocaleString('en');
  return `${round(median(values))}/s (${round(low)}–${round(high)})`;
};

/** Empty where the CPU time is unknown. */
const asRatio = (value: number): string => (Number.isNaN(value) ? '' : value.toFixed(2));

/** The results of the gateway against each peer. */
export const rowsOf = ({ work, peers }: Comparison, [gateway, ...others]: readonly Measured[]): ResultRow[] =>
  others.map((other, index) => {
    const ratio = medianRatio(gateway?.perSecond ?? [], other.perSecond);
    const target = peers[index]?.target;
    return {
      work,
      gateway: perSecond(gateway?.perSecond ?? []),
      against: other.name,
      peer: perSecond(other.perSecond),
      ratio: ratio.toFixed(2),
      cpuRatio: asRatio(medianRatio(other.cpuUs, gateway?.cpuUs ?? [])),
      target: target === undefined ? '' : `≥ ${target}`,
      reached: target === undefined ? undefined : ratio >= target,
    };
  });
