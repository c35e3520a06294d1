import { type Answer, ask, type Expectation, isOfSize, objections, type Question } from './answer.js';
import { type LoadResult, type LoadSpec, putLoad } from './load.js';
import type { RunningServer } from './servers.js';
import { median, medianRatio, range } from './statistics.js';

/** Who is measured, and what it is asked. */
export interface Contender {
  readonly name: string;
  readonly server: RunningServer;
  /** `{n}` takes `count` values in turn. */
  readonly path: string;
  readonly count?: number;
  readonly question?: Question;
  readonly expected: Expectation;
}

export interface Peer extends Contender {
  /** What our requests per second shall be, divided by the peer's. */
  readonly target?: number;
}

export interface Comparison {
  readonly work: string;
  readonly gateway: Contender;
  readonly peers: readonly Peer[];
  readonly connections: number;
}

export interface Effort {
  readonly rounds: number;
  readonly seconds: number;
}

export interface Measured {
  readonly name: string;
  readonly perSecond: readonly number[];
  /** Processor time of the server for one request, in microseconds: hardly sees what else the machine does. */
  readonly cpuUs: readonly number[];
}

/** So many requests until V8 has compiled what is asked of it, or as many as fit into so many seconds. */
const WARM_UP = { requests: 10_000, seconds: 8 };

/** Looks at one answer before and after it is asked for in bulk. */
async function checked({ name, server, path, question, expected }: Contender, work: string): Promise<Answer> {
  const answer = await ask(server.url + path.replace('{n}', '000001'), question);
  const wrong = objections(answer, expected);
  if (wrong.length > 0) throw new Error(`${work}: ${name} answers wrongly: ${wrong.join('; ')}`);
  return answer;
}

export interface Round extends LoadResult {
  readonly cpuMs: number;
}

/** One round of load; throws when an answer failed or was of another size than the one that was looked at. */
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
  const mean = result.bytes / result.requests;
  if (result.failures > 0) throw new Error(`${name} failed ${result.failures} of ${result.requests} requests`);
  if (!isOfSize(mean, wireBytes))
    throw new Error(
      `${name} sent ${Math.round(mean)} bytes an answer under load, and ${wireBytes} when it was looked at`,
    );
  return { ...result, cpuMs };
}

/** Has a server serve what it is about to be measured by. */
async function warmUp(contender: Contender, connections: number, wireBytes: number): Promise<void> {
  let done = 0;
  for (let second = 0; second < WARM_UP.seconds && done < WARM_UP.requests; second += 1)
    done += (await oneRound(contender, { connections, seconds: 1 }, wireBytes)).requests;
}

/** A B A B …, every other round backwards, so that whoever comes first does so as often as last. */
export async function compare(
  { work, gateway, peers, connections }: Comparison,
  { rounds, seconds }: Effort,
): Promise<readonly Measured[]> {
  const contenders = [gateway, ...peers];
  const sizes = new Map<Contender, number>();
  for (const contender of contenders) {
    sizes.set(contender, (await checked(contender, work)).wireBytes);
    await warmUp(contender, connections, sizes.get(contender) ?? 0);
  }
  const results = new Map<Contender, Round[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed())
      results.get(contender)?.push(await oneRound(contender, { connections, seconds }, sizes.get(contender) ?? 0));
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

/** A line of the table. */
export interface ResultRow {
  readonly work: string;
  readonly gateway: string;
  readonly against: string;
  readonly peer: string;
  readonly ratio: string;
  /** Processor time of the peer for one request, divided by ours. */
  readonly cpuRatio: string;
  readonly target: string;
  /** Undefined where nothing was demanded. */
  readonly reached: boolean | undefined;
}

export const perSecond = (values: readonly number[]): string => {
  const [low, high] = range(values);
  const round = (value: number) => Math.round(value).toLocaleString('en');
  return `${round(median(values))}/s (${round(low)}–${round(high)})`;
};

/** Empty where processor time is not known. */
const asRatio = (value: number): string => (Number.isNaN(value) ? '' : value.toFixed(2));

/** How the gateway did against each peer. */
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
