import { ask } from './answer.js';
import { type Contender, oneRound, type ResultRow } from './compare.js';
import { median, medianRatio } from './statistics.js';

/** A round whose rate is further than this from the requested one is reported. */
const OFF_RATE = 0.25;

export interface TailSide {
  readonly contender: Contender;
  /** Requests per second at saturation. */
  readonly saturation: number;
}

const p99 = async ({ contender, saturation }: TailSide, seconds: number): Promise<number> => {
  const rate = saturation / 2;
  const { wireBytes } = await ask(contender.server.url + contender.path, contender.question);
  const result = await oneRound(contender, { connections: 1, seconds, rate }, wireBytes);
  const got = result.requests / result.seconds;
  if (Math.abs(got / rate - 1) > OFF_RATE)
    process.stderr.write(`  ${contender.name}: ${Math.round(got)}/s instead of ${Math.round(rate)}/s\n`);
  return result.p99Ms;
};

/** The p99 of both sides, each at half of its saturation rate. */
export async function compareTails(
  ours: TailSide,
  theirs: TailSide,
  { rounds, seconds, target }: { readonly rounds: number; readonly seconds: number; readonly target: number },
): Promise<ResultRow> {
  const gateway: number[] = [];
  const peer: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    gateway.push(await p99(ours, seconds));
    peer.push(await p99(theirs, seconds));
  }
  const ratio = medianRatio(gateway, peer);
  return {
    work: 'p99 of a warm GET at half the saturation rate',
    gateway: `${median(gateway).toFixed(2)} ms`,
    against: theirs.contender.name,
    peer: `${median(peer).toFixed(2)} ms`,
    ratio: ratio.toFixed(2),
    cpuRatio: '',
    target: `≤ ${target}`,
    reached: ratio <= target,
  };
}
