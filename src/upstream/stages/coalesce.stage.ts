import { ALONE_FRESH_MS } from '../../cache/entry.js';
import { LeanSignal, type Signal } from '../../core/signal.js';
import { type Clock, systemClock } from '../../core/clock.js';
import type { Exchange, ReadRequest, Stage, UpstreamReply } from '../../core/exchange.js';

interface Waiter {
  readonly resolve: (reply: UpstreamReply) => void;
  readonly reject: (error: unknown) => void;
}

/** One call to Logto and those who wait for it. */
interface Flight {
  readonly signal: LeanSignal;
  readonly startedAt: number;
  readonly waiters: Set<Waiter>;
}

/**
 * Single-flight: callers who make the same read at the same time share one call to Logto.
 * - `versionOf` separates flights that a write lies between: a read that begins after a write must not get a reply to a read
 *   from before it.
 * - While the writes of other replicas are unknown, only those share a flight who waited for the same poll of the write log:
 *   it starts after all of them arrived.
 * - A waiter whose `deadlineOf` signal fires leaves alone. When the last one has left, the call is aborted.
 */
export const coalesce = (
  versionOf: (tags: readonly string[]) => number,
  deadlineOf: (request: ReadRequest) => Signal | undefined = () => undefined,
  clock: Clock = systemClock,
): Stage => {
  const flights = new Map<string, Flight>();

  const remove = (key: string, flight: Flight): void => {
    if (flights.get(key) === flight) flights.delete(key);
  };

  const finish = (key: string, flight: Flight, notify: (waiter: Waiter) => void): void => {
    remove(key, flight);
    for (const waiter of flight.waiters) notify(waiter);
    // A growing Map may retain a finished flight until the next full collection, so the flight must retain nobody.
    flight.waiters.clear();
  };

  const start = (key: string, request: ReadRequest, next: Exchange): Flight => {
    const flight: Flight = { signal: new LeanSignal(), startedAt: clock.now(), waiters: new Set() };
    flights.set(key, flight);
    next({ ...request, signal: flight.signal }).then(
      (reply) => finish(key, flight, ({ resolve }) => resolve(reply)),
      (error: unknown) => finish(key, flight, ({ reject }) => reject(error)),
    );
    return flight;
  };

  const leave = (key: string, flight: Flight, waiter: Waiter): void => {
    flight.waiters.delete(waiter);
    if (flight.waiters.size > 0) return;
    // Nobody may join a flight that is being aborted.
    remove(key, flight);
    flight.signal.abort(new Error('nobody waits for this any more'));
  };

  const join = (key: string, flight: Flight, signal: Signal | undefined): Promise<UpstreamReply> =>
    new Promise((resolve, reject) => {
      const isFirst = flight.waiters.size === 0;
      const onAbort = (): void => {
        leave(key, flight, waiter);
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        resolve(reply) {
          signal?.removeEventListener('abort', onAbort);
          resolve(isFirst ? reply : { ...reply, provenance: { ...reply.provenance, collapsed: true } });
        },
        reject(error) {
          signal?.removeEventListener('abort', onAbort);
          reject(error as Error);
        },
      };
      flight.waiters.add(waiter);
      signal?.addEventListener('abort', onAbort);
    });

  return (next) => (request) => {
    if (request.method !== 'GET') return next(request);
    const signal = deadlineOf(request) ?? request.signal;
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    // A forced read must not get the reply to an earlier call.
    if (request.refresh) return next(signal ? { ...request, signal } : request);
    const { sync, tags, path } = request;
    const key = `${sync?.state === 'unknown' ? `poll ${sync.poll}` : versionOf(tags)} ${path}`;
    const flight = flights.get(key);
    // Alone, a reply is fresh for a second from its call, because other replicas may have written since.
    const isTooOld = sync?.state === 'alone' && flight && clock.now() - flight.startedAt > ALONE_FRESH_MS;
    return join(key, flight && !isTooOld ? flight : start(key, request, next), signal);
  };
};
