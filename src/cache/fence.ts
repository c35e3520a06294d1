import type { Epochs } from './epochs.js';
import type { Bulletin } from './bulletin.js';
import type { Trust } from './trust.js';

/** Tags owed to Redis one by one; beyond this everything is. */
const MOST_OWED = 10_000;

/** Stands for all tags. */
export const EVERYTHING = '*';

/**
 * What keeps answers from before a write apart from those after it, in this process and, with Redis, in all. A write raises
 * its tags here at once; it is over when every replica that listens has raised them too.
 */
export class Fence {
  readonly #owed = new Set<string>();
  #apart = 0;

  /** @param bulletin how other replicas hear of it; undefined for a gateway alone */
  constructor(
    private readonly epochs: Epochs,
    private readonly bulletin?: Pick<Bulletin, 'tell' | 'trust' | 'untilSure'>,
  ) {}

  /** Equal numbers mean that nothing under these tags was written in between. */
  readonly of = (tags: readonly string[]): number => this.epochs.of(tags);

  /**
   * Equal numbers mean that who asks under these tags may have an answer that is on its way: nothing was written since it
   * was asked for. While that is not known, no two are equal.
   */
  readonly generation = (tags: readonly string[]): number =>
    this.trust === 'unsure' ? (this.#apart -= 1) : this.epochs.of(tags);

  /** Changes whenever anything was written. */
  get version(): number {
    return this.epochs.version;
  }

  /** How far what is remembered may be trusted at this moment. */
  get trust(): Trust {
    return this.bulletin?.trust ?? 'sure';
  }

  /** Finds out what other replicas wrote: afterwards trust is `sure`, unless Redis or a busy process does not let it be. It never fails. */
  async untilSure(): Promise<void> {
    await this.bulletin?.untilSure();
  }

  /**
   * What was known under these tags is no longer true: here before this returns, everywhere when the promise is fulfilled.
   * It waits a bounded time and never fails; a Redis that could not be told is told once it is back.
   */
  async raise(tags: readonly string[]): Promise<void> {
    if (tags.length === 0) return;
    this.hear(tags);
    if (!this.bulletin) return;
    if (await this.bulletin.tell(tags)) return;
    for (const tag of tags) this.#owed.add(tag);
    if (this.#owed.size > MOST_OWED) {
      this.#owed.clear();
      this.#owed.add(EVERYTHING);
    }
  }

  /** Another replica raised these tags. */
  hear(tags: readonly string[]): void {
    if (tags.includes(EVERYTHING)) this.epochs.bumpAll();
    else this.epochs.bump(tags);
  }

  /** Writes of others may have been missed: nothing remembered from before is relied on. */
  forget(): void {
    this.epochs.bumpAll();
  }

  /** Tells Redis what it could not be told. */
  async settle(): Promise<void> {
    const owed = [...this.#owed];
    this.#owed.clear();
    await this.raise(owed);
  }
}
