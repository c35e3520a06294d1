/** Retries per call in the long run: however ill Logto is, we make it no worse than a fifth, what was saved up included. */
const SHARE = 0.17;
/** Saved up in calm times: the first few answers lost to a disturbance cost nobody anything. */
const MOST_SAVED = 5;
const SAVED_AT_START = 2;

/** Bounds the extra load of retries: every call earns a part of one, which calls under way may spend together. */
export class RetryBudget {
  #saved = SAVED_AT_START;
  #underWay = 0;

  begin(): void {
    this.#underWay += 1;
    this.#saved += SHARE;
    this.#forget();
  }

  end(): void {
    this.#underWay -= 1;
    this.#forget();
  }

  /** Whether one more retry may be spent. */
  spend(): boolean {
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }

  #forget(): void {
    this.#saved = Math.min(this.#saved, MOST_SAVED + this.#underWay * SHARE);
  }
}
