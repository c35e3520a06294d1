import type { SandboxRequest } from './http/exchange.js';

/** What shall go wrong, with which calls. Where a rule says several things, they happen together as far as they can. */
export interface FaultRule {
  readonly method?: string;
  /** Tested against path and query. */
  readonly path?: RegExp;
  /** How many matching calls pass before the rule begins. */
  readonly skip?: number;
  /** How many calls it then meets; without it, all. */
  readonly times?: number;
  /** The part of matching calls it meets, by chance; without it, all. */
  readonly chance?: number;
  readonly delayMs?: number;
  /** Logto has its answer ready, but it arrives so much later: what it says may be untrue by then. */
  readonly holdMs?: number;
  /** Answered instead of Logto, which does not hear of the call. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The connection breaks before Logto hears of the call, or after it has done the work. */
  readonly reset?: 'before' | 'after';
  /** No answer, ever. */
  readonly hang?: true;
  /** Only so many bytes of the body arrive, then the connection breaks. */
  readonly cut?: number;
  /** A body that announces JSON and is none. */
  readonly garble?: true;
  /** A body that never ends. */
  readonly endless?: true;
  /** The body comes a byte at a time, so many milliseconds apart. */
  readonly dripMs?: number;
  /** A body in gzip, asked for or not, that unpacks to this many bytes. */
  readonly bomb?: number;
  /** 429 for every matching call above so many in any span of time, as Logto Cloud does. */
  readonly quota?: { readonly calls: number; readonly windowMs: number };
}

interface Standing {
  readonly rule: FaultRule;
  seen: number;
  /** When calls passed that count against a quota. */
  readonly passed: number[];
}

const TOO_MANY = { status: 429, headers: { 'retry-after': '1' }, body: '{"message":"Too many requests"}' };

/** Counts a call against a quota; whether it is above it. */
const isAbove = ({ calls, windowMs }: NonNullable<FaultRule['quota']>, passed: number[]): boolean => {
  const now = performance.now();
  while (passed[0] !== undefined && passed[0] <= now - windowMs) passed.shift();
  if (passed.length >= calls) return true;
  passed.push(now);
  return false;
};

/** Rules that stand at present, in the order they came; the first that fits a call has it. */
export class Faults {
  private standing: Standing[] = [];

  /** Gives back how to end it. */
  add(rule: FaultRule): () => void {
    const entry = { rule, seen: 0, passed: [] };
    this.standing.push(entry);
    return () => {
      this.standing = this.standing.filter((other) => other !== entry);
    };
  }

  clear(): void {
    this.standing = [];
  }

  /** The rule this call falls under. Asking counts. */
  strike({ method, path, query }: SandboxRequest): FaultRule | undefined {
    const target = query.size > 0 ? `${path}?${query.toString()}` : path;
    for (const entry of this.standing) {
      const { rule } = entry;
      if (rule.method !== undefined && rule.method !== method) continue;
      if (rule.path !== undefined && target.search(rule.path) < 0) continue;
      const { skip = 0, times = Infinity, chance = 1 } = rule;
      if (Math.random() >= chance) continue;
      const position = entry.seen++;
      if (position < skip || position >= skip + times) continue;
      if (!rule.quota) return rule;
      if (isAbove(rule.quota, entry.passed)) return { ...rule, ...TOO_MANY };
    }
    return undefined;
  }
}
