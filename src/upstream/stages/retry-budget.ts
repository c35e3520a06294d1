/** Retries earned per call. With the savings, retries add at most a fifth to the load, however badly Logto fails. */
const EARNED_PER_CALL = 0.17;
/** Savings cover the first failures of a disturbance. */
const MAX_SAVED = 5;
const INITIAL_BALANCE = 2;

/** Bounds the extra load of retries: every call earns a fraction of one, and all calls in flight spend from one balance. */
export class RetryBudget {
  #balance = INITIAL_BALANCE;
  #inFlight = 0;

  begin(): void {
    this.#inFlight += 1;
    this.#balance += EARNED_PER_CALL;
    this.#cap();
  }

  end(): void {
    this.#inFlight -= 1;
    this.#cap();
  }

  /** Spends one retry. Returns false when the balance is too low. */
  spend(): boolean {
    if (this.#balance < 1) return false;
    this.#balance -= 1;
    return true;
  }

  #cap(): void {
    this.#balance = Math.min(this.#balance, MAX_SAVED + this.#inFlight * EARNED_PER_CALL);
  }
}
