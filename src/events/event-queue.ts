/** An event taken from a queue. It stays there until `done`, and `next` gives it again. */
export interface TakenEvent {
  /** The event as it is sent. */
  readonly body: string;
  done(): Promise<void>;
}

/** Why events were given up: the queue was full; the receiver wants none of it; nobody took it for a day; or nothing kept it when the process ended. */
export type DropReason = 'full' | 'refused' | 'expired' | 'lost';

export type OnDrop = (reason: DropReason, count: number) => void;
