/** An event taken from a queue. It stays in the queue, and `next` returns it again, until it is acknowledged. */
export interface QueuedEvent {
  /** The event as it is sent. */
  readonly body: string;
  acknowledge(): Promise<void>;
}

/**
 * Why events were dropped: the queue was full; the receiver refused them; they could not be delivered for a day; or the process
 * ended and Redis could not take them over.
 */
export type DropReason = 'full' | 'refused' | 'expired' | 'lost';

export type OnDrop = (reason: DropReason, count: number) => void;
