import type { SandboxRequest } from './http/exchange.js';

/** A fault to inject, and the calls it applies to. Several faults in one rule are combined as far as possible. */
export interface FaultRule {
  readonly method?: string;
  /** Tested against path and query. */
  readonly path?: RegExp;
  /** How many matching calls are not affected at first. */
  readonly skip?: number;
  /** How many calls are then affected; all by default. */
  readonly times?: number;
  /** The probability with which a matching call is affected; 1 by default. */
  readonly chance?: number;
  readonly delayMs?: number;
  /** Delays the call until this promise settles, so that a test decides when. */
  readonly delayUntil?: Promise<unknown>;
  /** Delays the response after Logto has handled the call, so that it may be outdated when it arrives. */
  readonly holdMs?: number;
  /** Delays the response until this promise settles. */
  readonly holdUntil?: Promise<unknown>;
  /** Answers with this status without passing the call to Logto. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Resets the connection before or after Logto handles the call. */
  readonly reset?: 'before' | 'after';
  /** Never answers. */
  readonly hang?: true;
  /** Sends this many bytes of the body and then breaks the connection. */
  readonly cut?: number;
  /** Sends a body that is not valid JSON although its media type says so. */
  readonly garble?: true;
  /** Sends a body that never ends. */
  readonly endless?: true;
  /** Sends the body one byte at a time, at this interval. */
  readonly dripMs?: number;
  /** Sends a gzip body, even if not accepted, that decompresses to this many bytes. */
  readonly bomb?: number;
  /** Answers 429 to calls above a number per sliding window, like Logto Cloud. */
  readonly quota?: { readonly calls: number; readonly windowMs: number };
}

interface ActiveRule {
  readonly rule: FaultRule;
  matches: number;
  /** Times of the calls that count against a quota. */
  readonly calls: number[];
}

const TOO_MANY = { status: 429, headers: { 'retry-after': '1' }, body: '{"message":"Too many requests"}' };

/** Counts a call against a quota, and says whether it exceeds the quota. */
const exceeds = ({ calls, windowMs }: NonNullable<FaultRule['quota']>, times: number[]): boolean => {
  const now = performance.now();
  while (times[0] !== undefined && times[0] <= now - windowMs) times.shift();
  if (times.length >= calls) return true;
  times.push(now);
  return false;
};

/** The active rules in insertion order; the first match applies. */
export class Faults {
  private active: ActiveRule[] = [];

  /** @param random 0 to 1: decides which calls a rule with a chance applies to */
  constructor(private readonly random: () => number) {}

  /** Returns a function that removes the rule. */
  add(rule: FaultRule): () => void {
    const entry = { rule, matches: 0, calls: [] };
    this.active.push(entry);
    return () => {
      this.active = this.active.filter((other) => other !== entry);
    };
  }

  clear(): void {
    this.active = [];
  }

  /** The rule for a call. Each match is counted. */
  match({ method, path, query }: SandboxRequest): FaultRule | undefined {
    const target = query.size > 0 ? `${path}?${query.toString()}` : path;
    for (const entry of this.active) {
      const { rule } = entry;
      if (rule.method !== undefined && rule.method !== method) continue;
      if (rule.path !== undefined && target.search(rule.path) < 0) continue;
      const { skip = 0, times = Infinity, chance = 1 } = rule;
      if (this.random() >= chance) continue;
      const position = entry.matches++;
      if (position < skip || position >= skip + times) continue;
      if (!rule.quota) return rule;
      if (exceeds(rule.quota, entry.calls)) return { ...rule, ...TOO_MANY };
    }
    return undefined;
  }
}
