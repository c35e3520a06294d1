/** Retries per call in the long run: however ill Logto is, we make it no worse than this. */
const SHARE = 0.2;
/** Saved up in calm times; a short disturbance costs nobody an answer. */
const MOST_SAVED = 10;

/** Bounds the extra load of retries. Every call earns a fifth of a retry. */
export class RetryBudget {
  #saved = MOST_SAVED;

  earn(): void {
    this.#saved = Math.min(MOST_SAVED, this.#saved + SHARE);
  }

  /** Whether one more retry may be spent. */
  spend(): boolean {
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }
}
