import type { Company } from './company.js';
import type { Answer, Fleet } from './fleet.js';
import type { Read, Write } from './history.js';
import { type Operation, type Part, REPLICAS, type View } from './operations.js';

const FAULTS = {
  'lost before': { reset: 'before' },
  'lost after': { reset: 'after' },
  failed: { status: 500 },
} as const;

const partOf = (view: View): Part => (view === 'members' ? 'members' : 'description');

/** Performs operations and records what their callers saw. */
export class Recorder {
  readonly reads: Read[] = [];
  readonly writes: Write[] = [];
  /** The number of failures by kind, for instance 'read 503 upstream.unavailable'. */
  readonly failures = new Map<string, number>();
  readonly #versions = new Map<string, number>();
  readonly #writing = new Set<string>();

  constructor(
    private readonly fleet: Fleet,
    private readonly company: Company,
  ) {}

  async do(operation: Operation): Promise<void> {
    const { organization, replica } = operation;
    if (operation.kind === 'read') return this.read(operation.view, organization, replica);
    const { part } = operation;
    const path = this.company.pathAtLogto(part, organization);
    const { faults } = this.fleet.sandbox;
    if (operation.kind === 'slow fill')
      return void faults.add({ method: 'GET', path, holdMs: operation.forMs, times: 1 });
    const isAnswered = await this.#writeNext(part, organization, replica, async (version) => {
      if (operation.kind === 'behind the back') return this.company.writeBehind(part, organization, replica, version);
      const { end } = operation;
      const method = part === 'members' ? 'POST' : 'PATCH';
      const clear = end === 'done' ? undefined : faults.add({ path, times: 1, method, ...FAULTS[end] });
      const answer = await this.company.write(part, organization, replica, version);
      clear?.();
      return answer;
    });
    if (!isAnswered) return undefined;
    // Reads on every replica right after the write was answered.
    const view = part === 'members' ? 'members' : operation.shownBy;
    await Promise.all(Array.from({ length: REPLICAS }, (_, index) => this.read(view, organization, index)));
    return undefined;
  }

  async read(view: View, organization: number, replica: number): Promise<void> {
    const startedAt = performance.now();
    const answer = await this.company.read(view, organization, replica);
    if (answer?.status !== 200) return this.#recordFailure('read', answer);
    const version = this.company.versionIn(view, answer.body);
    this.reads.push({ subject: `${partOf(view)} ${organization}`, version, replica, startedAt, from: answer.from });
    return undefined;
  }

  async write(part: Part, organization: number, replica: number): Promise<void> {
    await this.#writeNext(part, organization, replica, (version) =>
      this.company.write(part, organization, replica, version),
    );
  }

  /** Writes the next version, unless a write is in progress: writes of one subject are sequential. */
  async #writeNext(
    part: Part,
    organization: number,
    replica: number,
    work: (version: number) => Promise<Answer | undefined>,
  ): Promise<boolean> {
    const subject = `${part} ${organization}`;
    const version = (this.#versions.get(subject) ?? 0) + 1;
    if (this.#writing.has(subject) || !this.company.has(part, version)) return false;
    this.#writing.add(subject);
    this.#versions.set(subject, version);
    const answer = await work(version);
    const isAnswered = answer !== undefined && answer.status < 300;
    if (isAnswered) this.writes.push({ subject, version, replica, answeredAt: performance.now() });
    else this.#recordFailure('write', answer);
    this.#writing.delete(subject);
    return isAnswered;
  }

  #recordFailure(what: 'read' | 'write', answer: Answer | undefined): void {
    const code = (answer?.body as { code?: string } | undefined)?.code;
    const failure = answer ? `${what} ${answer.status} ${code}` : `${what} unanswered`;
    this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1);
  }
}
