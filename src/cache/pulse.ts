import type { Clock } from '../upstream/clock.js';
import { Hearing } from './hearing.js';

/** Two may be late or lost before trust ends. */
const HEARTBEAT_MS = 200;
/** After so many in a row that Redis took and that never came, the connection hangs. */
const MOST_UNHEARD = 5;

/** What a replica says through Redis about itself, with the time of a heartbeat. Whether Redis took it. */
export interface Voice {
  /** To itself: now it is so late. */
  beat(sentAt: number): Promise<boolean>;
  /** To itself: it has heard the heartbeat sent then. */
  confirm(sentAt: number): Promise<boolean>;
  /** To everybody, itself among them: it has heard the heartbeat sent then, and is to be waited for from now on. */
  arrive(sentAt: number): Promise<boolean>;
}

export interface PulseOptions {
  readonly clock: Clock;
  readonly voice: Voice;
  /** Messages may have been missed, and come again from now on. */
  readonly onRestored: () => void;
  /** The connection takes what is said and brings nothing. */
  readonly onHung: () => void;
}

/** Somebody who waits until this replica has heard itself. */
interface Listening {
  readonly since: number;
  readonly onHeard: () => void;
}

/** Sends the heartbeats by which a replica finds out that it hears what is told, and hears them. */
export class Pulse {
  readonly #options: PulseOptions;
  readonly #hearing: Hearing;
  readonly #listening = new Set<Listening>();
  #stopHeart: () => void;
  #unheard = 0;
  #hasMissed = true;
  /** When the heartbeat was sent upon which it said that it arrives, until it hears that. */
  #arriving: number | undefined;
  /** When the last heartbeat was sent that it heard while it was arriving. */
  #heardMeanwhile = -Infinity;
  #asking: Promise<unknown> | undefined;

  constructor(options: PulseOptions) {
    this.#options = options;
    this.#hearing = new Hearing(() => options.clock.now());
    this.#stopHeart = this.#afterNext();
  }

  get isSure(): boolean {
    return this.#hearing.isSure;
  }

  beat(): Promise<boolean> {
    const { clock, voice } = this.#options;
    return voice.beat(clock.now());
  }

  /** Waits until it is sure, so long at most; all who ask meanwhile wait together. */
  async untilSure(limitMs: number): Promise<void> {
    if (this.isSure) return;
    this.#asking ??= this.hearItself(limitMs).finally(() => (this.#asking = undefined));
    await this.#asking;
  }

  /** Whether this replica hears what it sends now, in so long at most. */
  async hearItself(limitMs: number): Promise<boolean> {
    const { clock } = this.#options;
    let isHeard = false;
    await new Promise<void>((resolve) => {
      const onHeard = (): void => {
        isHeard = true;
        end();
      };
      const end = (): void => {
        callOff();
        this.#listening.delete(listening);
        resolve();
      };
      // What waits in the socket because this process was busy still counts.
      const callOff = clock.after(limitMs, () => void setImmediate(end));
      const listening = { since: clock.now(), onHeard };
      this.#listening.add(listening);
      void this.beat().then((isSent) => isSent || end());
    });
    return isHeard;
  }

  /** Others wait for an acknowledgement that could not be sent. */
  lose(): void {
    this.#hearing.lose();
  }

  /** The connection is gone, and with it what it would have brought. */
  miss(): void {
    this.#hasMissed = true;
    this.#arriving = undefined;
    this.#hearing.lose();
  }

  hearBeat(sentAt: number): void {
    this.#unheard = 0;
    this.#answer(sentAt);
  }

  hearConfirmation(sentAt: number): void {
    if (this.#hearing.confirm(sentAt)) this.#tellListening(sentAt);
    else this.#answer(sentAt);
  }

  /** Everybody who writes from now on knows that we are here, and waits for us. */
  hearArrival(sentAt: number): void {
    if (sentAt !== this.#arriving) return;
    this.#arriving = undefined;
    if (this.#hasMissed) this.#options.onRestored();
    this.#hasMissed = false;
    this.#hearing.arrive(sentAt);
    this.#tellListening(sentAt);
    if (this.#heardMeanwhile > sentAt) this.#answer(this.#heardMeanwhile);
  }

  stop(): void {
    this.#stopHeart();
  }

  /** It heard its heartbeat. */
  #answer(sentAt: number): void {
    if (this.#hearing.isTooLate(sentAt)) return;
    if (this.isSure) void this.#options.voice.confirm(sentAt);
    else void this.#sayArrival(sentAt);
  }

  /**
   * One at a time: who is sure since the first would be excused by the second from what was told in between, which it need
   * not have heard yet.
   */
  async #sayArrival(sentAt: number): Promise<void> {
    if (this.#arriving !== undefined && !this.#hearing.isTooLate(this.#arriving)) {
      this.#heardMeanwhile = sentAt;
      return;
    }
    this.#arriving = sentAt;
    const isSaid = await this.#options.voice.arrive(sentAt);
    if (!isSaid && this.#arriving === sentAt) this.#arriving = undefined;
  }

  #tellListening(sentAt: number): void {
    for (const { since, onHeard } of this.#listening) if (since <= sentAt) onHeard();
  }

  #afterNext(): () => void {
    return this.#options.clock.after(HEARTBEAT_MS, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    this.#stopHeart = this.#afterNext();
    // Neither closed nor heard.
    if (this.#unheard >= MOST_UNHEARD) {
      this.#unheard = 0;
      this.#options.onHung();
    }
    if (await this.beat()) this.#unheard += 1;
  }
}
