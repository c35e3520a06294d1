import { fillsAlone, fillsShared, looksShared, type Question } from './simulation/fills.js';

// Started by `npm run bench:simulate`: the load on Logto and Redis, by users and replicas. The constants below are guesses about a busy
// tenant; replace them by yours.

/** The average number of members of an organization. Organizations differ (see SKEW). */
const MEMBERS = 50;
/** Screens with an overview that a user opens a day. */
const READS_A_DAY = 40;
const PEAK = 3;
/** Changes of members and roles per user and day. */
const WRITES_A_DAY = 0.2;
/** The activity of organizations falls with their rank to this power: a few get most requests. */
const SKEW = 0.8;
/** The default freshness of an organization, its members and the catalogue, in seconds. */
const DEFAULTS = { organization: 30, members: 15, catalogue: 60 };
/** Webhooks of Logto announce every change, so replies may be fresh for long. */
const WITH_WEBHOOKS = { organization: 3600, members: 3600, catalogue: 3600 };
/** Commands to Redis: a fill takes the lease, stores and releases it; a write takes and releases a lock and appends two records. */
const COMMANDS = { lookUp: 1, fill: 3, write: 4 };
/** The first read after this time polls the write log. */
const LOOK_EVERY_S = 0.0075;

const DAY_S = 86_400;
const USERS = [10_000, 100_000, 1_000_000, 10_000_000];
const REPLICAS = [1, 10, 100];

interface Load {
  readonly reads: number;
  readonly writes: number;
  readonly alone: number;
  readonly shared: number;
  readonly redis: number;
}

/** Groups organizations from one rank to the next power of 1.2, so that they need not be computed one by one. */
function* ranks(organizations: number): Generator<{ readonly rank: number; readonly count: number }> {
  for (let from = 1; from <= organizations;) {
    const to = Math.min(organizations, Math.max(from, Math.floor(from * 1.2)));
    yield { rank: (from + to) / 2, count: to - from + 1 };
    from = to + 1;
  }
}

function loadOf(users: number, replicas: number, fresh: typeof DEFAULTS): Load {
  const reads = (users * READS_A_DAY * PEAK) / DAY_S;
  const writes = (users * WRITES_A_DAY * PEAK) / DAY_S;
  const classes = [...ranks(Math.ceil(users / MEMBERS))].map((each) => ({ ...each, weight: each.rank ** -SKEW }));
  const whole = classes.reduce((sum, { count, weight }) => sum + count * weight, 0);
  const total = { alone: 0, shared: 0, looks: 0 };
  const add = (count: number, question: Question): void => {
    total.alone += count * fillsAlone(question, replicas);
    total.shared += count * fillsShared(question);
    total.looks += count * looksShared(question, replicas);
  };
  for (const { count, weight } of classes) {
    const share = weight / whole;
    add(count, { reads: reads * share, writes: 0, freshS: fresh.organization });
    add(count, { reads: reads * share, writes: writes * share, freshS: fresh.members });
  }
  add(1, { reads, writes: 0, freshS: fresh.catalogue });
  const logLooks = replicas / (LOOK_EVERY_S + replicas / reads);
  return {
    reads,
    writes,
    alone: total.alone + writes,
    shared: total.shared + writes,
    redis: total.looks * COMMANDS.lookUp + total.shared * COMMANDS.fill + writes * COMMANDS.write + logLooks,
  };
}

/** The calls of an overview without a cache: the organization, one page of members, the catalogue. */
const CALLS_UNCACHED = 3;

const short = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(2));

const rows = USERS.flatMap((users) =>
  REPLICAS.map((replicas) => {
    const { reads, writes, alone, shared, redis } = loadOf(users, replicas, DEFAULTS);
    const heard = loadOf(users, replicas, WITH_WEBHOOKS);
    const uncached = reads * CALLS_UNCACHED + writes;
    return [
      users.toLocaleString('en'),
      replicas,
      short(reads),
      short(reads / replicas),
      short(writes),
      short(uncached),
      short(alone),
      short(shared),
      short(heard.shared),
      short(redis),
    ];
  }),
);
const head = [
  'users',
  'replicas',
  'reads/s',
  'reads/s per replica',
  'writes/s',
  'Logto calls/s without a cache',
  '… each replica for itself',
  '… sharing a Redis',
  '… the same, an hour fresh (webhooks)',
  'Redis commands/s',
];
const line = (cells: readonly unknown[]): string => `| ${cells.join(' | ')} |`;
process.stdout.write(`${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`);
