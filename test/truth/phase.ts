import { Company } from './company.js';
import { Fleet } from './fleet.js';
import { type Excuse, findStaleReads, type StaleRead } from './history.js';
import { Load } from './load.js';
import { Recorder } from './recorder.js';
import { QuietOrganizations } from './quiet-organizations.js';

/** The length of a phase. */
export interface Scale {
  /** The minimum number of successful reads and writes. */
  readonly operations: number;
  /** How often the fault occurs at least. */
  readonly rounds: number;
  readonly clients: number;
  /** The time over which quiet organizations are read after a fault, because an error may show only after a while. */
  readonly quietMs: number;
  /** The program for replicas in separate processes. */
  readonly main?: string;
}

/** What a fault may use. */
export interface PhaseContext {
  readonly fleet: Fleet;
  readonly load: Load;
  readonly quiet: QuietOrganizations;
  readonly scale: Scale;
  /** Allows stale reads during the work and until every replica is connected again, as far as `excuse` allows; all by default. */
  excused(work: () => Promise<unknown>, excuse?: Excuse): Promise<void>;
}

export interface Phase {
  readonly name: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The Redis URL of each replica. */
  redisUrls(): string[];
  /** The fault during the load. Resolves when there were enough operations. */
  fault(context: PhaseContext): Promise<void>;
  /** Only part of the normal suite, or only of `npm run truth`. */
  readonly only?: 'short' | 'long';
}

/** A deployment of Redis. */
export interface Topology {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface PhaseReport {
  readonly name: string;
  readonly operations: number;
  readonly stale: number;
  readonly oldestMs: number;
  /** Stale reads that are allowed. */
  readonly excused: number;
  readonly oldestExcusedMs: number;
  readonly failedReads: number;
  readonly failures: Readonly<Record<string, number>>;
  /** The first stale reads. */
  readonly examples: readonly StaleRead[];
}

const oldestMs = (reads: readonly StaleRead[]): number =>
  Math.round(reads.reduce((oldest, { ageMs }) => Math.max(oldest, ageMs), 0));

/** Clients read and write through three replicas during a fault, and every read is checked. */
export async function runPhase({ name, env, redisUrls, fault }: Phase, scale: Scale): Promise<PhaseReport> {
  const fleet = await Fleet.start({ redisUrls: redisUrls(), main: scale.main, env });
  const excuses: Excuse[] = [];
  const recorder = new Recorder(fleet, await Company.create(fleet));
  const load = new Load(recorder);
  try {
    load.start(scale.clients);
    await load.more(scale.operations / 10);
    await fault({
      fleet,
      load,
      quiet: new QuietOrganizations(recorder, scale.quietMs),
      scale,
      excused: async (work, excuse = () => true) => {
        const from = performance.now();
        let to = Infinity;
        excuses.push((read, write) => from <= read.startedAt && read.startedAt <= to && excuse(read, write));
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
  const { stale, excused } = findStaleReads(recorder.reads, recorder.writes, excuses);
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
