import { BELIEVED_ALONE_MS } from '../../cache/entry.js';
import { LeanSignal, type Signal } from '../../context/signal.js';
import { type Clock, systemClock } from '../clock.js';
import type { Exchange, ReadRequest, Stage, UpstreamReply } from '../exchange.js';

/** Somebody who waits for a flight. */
interface Passenger {
  readonly arrive: (reply: UpstreamReply) => void;
  readonly fail: (error: unknown) => void;
}

interface Flight {
  readonly signal: LeanSignal;
  readonly startedAt: number;
  /** Those who still wait for it. */
  readonly passengers: Set<Passenger>;
}

/**
 * Callers who ask the same thing at the same time share one flight. `versionOf` tells flights apart that a write lies
 * between: whoever asks after a write must not be given what was asked before it. Where what others wrote is not known, only
 * those share who waited for the same look: the flight sets out after all of them came. Whoever runs out of `patience`
 * leaves alone; when the last one has left, the flight is called off.
 */
export const coalesce = (
  versionOf: (tags: readonly string[]) => number,
  patience: (request: ReadRequest) => Signal | undefined = () => undefined,
  clock: Clock = systemClock,
): Stage => {
  const flights = new Map<string, Flight>();

  const end = (key: string, flight: Flight): void => {
    if (flights.get(key) === flight) flights.delete(key);
  };

  /** Nobody is left on it: a Map that grows may hold on to a flight that is over until the whole heap is collected. */
  const land = (key: string, flight: Flight, tell: (passenger: Passenger) => void): void => {
    end(key, flight);
    for (const passenger of flight.passengers) tell(passenger);
    flight.passengers.clear();
  };

  const takeOff = (key: string, request: ReadRequest, next: Exchange): Flight => {
    const flight: Flight = { signal: new LeanSignal(), startedAt: clock.now(), passengers: new Set() };
    flights.set(key, flight);
    next({ ...request, signal: flight.signal }).then(
      (reply) => land(key, flight, ({ arrive }) => arrive(reply)),
      (error: unknown) => land(key, flight, ({ fail }) => fail(error)),
    );
    return flight;
  };

  /** A flight that is called off is nobody's any more: who comes now starts another. */
  const leave = (key: string, flight: Flight, passenger: Passenger): void => {
    flight.passengers.delete(passenger);
    if (flight.passengers.size > 0) return;
    end(key, flight);
    flight.signal.abort(new Error('nobody waits for this any more'));
  };

  const board = (key: string, flight: Flight, signal: Signal | undefined): Promise<UpstreamReply> =>
    new Promise((resolve, reject) => {
      const isFirst = flight.passengers.size === 0;
      const giveUp = (): void => {
        leave(key, flight, passenger);
        reject(signal?.reason as Error);
      };
      const passenger: Passenger = {
        arrive(reply) {
          signal?.removeEventListener('abort', giveUp);
          resolve(isFirst ? reply : { ...reply, provenance: { ...reply.provenance, collapsed: true } });
        },
        fail(error) {
          signal?.removeEventListener('abort', giveUp);
          reject(error as Error);
        },
      };
      flight.passengers.add(passenger);
      signal?.addEventListener('abort', giveUp);
    });

  return (next) => (request) => {
    if (request.method !== 'GET') return next(request);
    const signal = patience(request) ?? request.signal;
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    // Whoever demands a fresh answer must not be handed one that was already under way.
    if (request.refresh) return next(signal ? { ...request, signal } : request);
    const { sync, tags, path } = request;
    const key = `${sync?.state === 'unknown' ? `look ${sync.look}` : versionOf(tags)} ${path}`;
    const flight = flights.get(key);
    // What is written elsewhere meanwhile is not known: an answer to an older question would be believed for longer.
    const isTooOld = sync?.state === 'alone' && flight && clock.now() - flight.startedAt > BELIEVED_ALONE_MS;
    return board(key, flight && !isTooOld ? flight : takeOff(key, request, next), signal);
  };
};
