/**
 * So long after a heartbeat was sent, whoever heard it relies on having heard of every write that was answered. A replica
 * that stalls holds up writes of others for about as long: shorter would make every short stall a doubt, longer a crash felt.
 */
export const TRUSTED_MS = 600;

/**
 * Until when a replica can be sure to have heard of every write that was answered.
 *
 * It sends itself heartbeats through Redis, where messages arrive in the order they were published: who hears one has heard
 * of everything told before it was sent, however late it comes. It then says so through Redis, too, and is sure when it
 * hears that: by then everybody has its acknowledgements of all of it. Whoever told of a write waits for these, or until
 * no heartbeat sent before it is relied on any more.
 *
 * A replica that was not sure for a moment, or could not acknowledge something, may have been given up by the others: it
 * has to arrive anew, and they wait for it from then on.
 */
export class Hearing {
  #arrived = false;
  #sureUntil = -Infinity;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(private readonly now: () => number) {}

  get isSure(): boolean {
    return this.#arrived && this.now() < this.#sureUntil;
  }

  /** It heard itself say that it had heard the heartbeat sent then. False: it was given up meanwhile and has to arrive. */
  confirm(sentAt: number): boolean {
    if (!this.isSure) return false;
    this.#extend(sentAt);
    return true;
  }

  /** It heard itself arrive, and so did everybody who writes from now on. */
  arrive(sentAt: number): void {
    this.#arrived = true;
    this.#extend(sentAt);
  }

  /** A heartbeat sent then makes nobody sure any more. */
  isTooLate(sentAt: number): boolean {
    return this.now() >= sentAt + TRUSTED_MS;
  }

  /** Others wait for it in vain, or it has missed something. */
  lose(): void {
    this.#arrived = false;
  }

  #extend(sentAt: number): void {
    this.#sureUntil = Math.max(this.#sureUntil, sentAt + TRUSTED_MS);
  }
}
