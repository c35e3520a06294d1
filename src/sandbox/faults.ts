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
}

interface Standing {
  readonly rule: FaultRule;
  seen: number;
}

/** Rules that stand at present, in the order they came; the first that fits a call has it. */
export class Faults {
  private standing: Standing[] = [];

  /** Gives back how to end it. */
  add(rule: FaultRule): () => void {
    const entry = { rule, seen: 0 };
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
      const { skip = 0, times = Infinity } = rule;
      const position = entry.seen++;
      if (position >= skip && position < skip + times) return rule;
    }
    return undefined;
  }
}
