import { Company } from './company.js';
import { Fleet } from './fleet.js';
import { type Excuse, judge, type StaleRead } from './history.js';
import { Load } from './load.js';
import { Recorder } from './recorder.js';
import { QuietOrganizations } from './quiet-organizations.js';

/** How long a phase is. */
export interface Scale {
  /** At least so many reads and writes are answered. */
  readonly operations: number;
  /** The trouble happens at least so often. */
  readonly rounds: number;
  readonly clients: number;
  /** Over this time what nobody reads is read again after a trouble: what was wrong may show only after a while. */
  readonly quietMs: number;
  /** The program of the gateway, for replicas that are processes of their own. */
  readonly main?: string;
}

/** What a trouble finds when it comes. */
export interface Scene {
  readonly fleet: Fleet;
  readonly load: Load;
  readonly quiet: QuietOrganizations;
  readonly scale: Scale;
  /** Excuses reads that begin before the work is done and every replica is connected again; all of them unless said otherwise. */
  excused(work: () => Promise<unknown>, excuse?: Excuse): Promise<void>;
}

export interface Phase {
  readonly name: string;
  readonly env?: NodeJS.ProcessEnv;
  /** How each replica reaches Redis. */
  redisUrls(): string[];
  /** What goes wrong while clients read and write; it lasts until they have done enough. */
  trouble(scene: Scene): Promise<void>;
  /** In the suite alone, or in the long run alone. */
  readonly only?: 'short' | 'long';
}

/** Redis as replicas find it, and what can happen to it. */
export interface Topology {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface PhaseReport {
  readonly name: string;
  readonly operations: number;
  readonly stale: number;
  readonly oldestMs: number;
  /** Reads of which nothing was promised, and that were stale. */
  readonly excused: number;
  readonly oldestExcusedMs: number;
  readonly failedReads: number;
  readonly failures: Readonly<Record<string, number>>;
  /** The first stale reads. */
  readonly examples: readonly StaleRead[];
}

const oldestMs = (reads: readonly StaleRead[]): number =>
  Math.round(reads.reduce((oldest, { ageMs }) => Math.max(oldest, ageMs), 0));

/** Clients read and write through three replicas while something goes wrong; every read is judged. */
export async function runPhase(
  { name, env, redisUrls, trouble }: Phase,
  scale: Scale,
  seed: number,
): Promise<PhaseReport> {
  const fleet = await Fleet.start({ redisUrls: redisUrls(), main: scale.main, env });
  const excuses: Excuse[] = [];
  const recorder = new Recorder(fleet, await Company.found(fleet));
  const load = new Load(recorder, seed);
  try {
    load.start(scale.clients);
    await load.more(scale.operations / 10);
    await trouble({
      fleet,
      load,
      quiet: new QuietOrganizations(recorder, scale.quietMs),
      scale,
      excused: async (work, excuse = () => true) => {
        const from = performance.now();
        let to = Infinity;
        excuses.push((read, write) => from <= read.beganAt && read.beganAt <= to && excuse(read, write));
        await work();
        await fleet.untilConnected();
        to = performance.now();
      },
    });
    await load.more(scale.operations - load.operations);
  } finally {
    await load.stop();
    await fleet.close();
  }
  const { stale, excused } = judge(recorder.reads, recorder.writes, excuses);
  const failures = Object.fromEntries(recorder.failures);
  const failedReads = Object.entries(failures).filter(([failure]) => /^read \d/.test(failure));
  return {
    name,
    operations: load.operations,
    stale: stale.length,
    oldestMs: oldestMs(stale),
    excused: excused.length,
    oldestExcusedMs: oldestMs(excused),
    failedReads: failedReads.reduce((sum, [, count]) => sum + count, 0),
    failures,
    examples: stale.slice(0, 5),
  };
}
