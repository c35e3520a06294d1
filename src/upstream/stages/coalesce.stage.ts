import { LeanSignal, type Signal } from '../../context/signal.js';
import type { Exchange, ReadRequest, Stage, UpstreamReply } from '../exchange.js';
import { unless } from '../signals.js';

interface Flight {
  readonly reply: Promise<UpstreamReply>;
  readonly signal: LeanSignal;
  /** Those who still wait for it. */
  passengers: number;
}

/**
 * Callers who ask the same thing at the same time share one flight. `generation` tells flights apart that a write lies
 * between: who asks after a write must not be given what was asked before it. Whoever runs out of `patience` leaves alone;
 * when the last one has left, the flight is called off.
 */
export const coalesce = (
  generation: (tags: readonly string[]) => number,
  patience: (request: ReadRequest) => Signal | undefined = () => undefined,
): Stage => {
  const flights = new Map<string, Flight>();

  const takeOff = (key: string, request: ReadRequest, next: Exchange): Flight => {
    const signal = new LeanSignal();
    const reply = next({ ...request, signal }).finally(() => {
      if (flights.get(key) === flight) flights.delete(key);
    });
    const flight: Flight = { reply, signal, passengers: 0 };
    flights.set(key, flight);
    return flight;
  };

  /** A flight that is called off is nobody's any more: who comes now starts another. */
  const leave = (key: string, flight: Flight): void => {
    flight.passengers -= 1;
    if (flight.passengers > 0 || flights.get(key) !== flight) return;
    flights.delete(key);
    flight.signal.abort(new Error('nobody waits for this any more'));
  };

  return (next) => async (request) => {
    if (request.method !== 'GET') return next(request);
    const signal = patience(request) ?? request.signal;
    if (signal?.aborted) throw signal.reason;
    // Whoever demands a fresh answer must not be handed one that was already under way.
    if (request.refresh) return next(signal ? { ...request, signal } : request);
    const key = `${generation(request.tags)} ${request.path}`;
    const joined = flights.get(key);
    const flight = joined ?? takeOff(key, request, next);
    flight.passengers += 1;
    try {
      const reply = await unless(signal, flight.reply);
      return joined ? { ...reply, provenance: { ...reply.provenance, collapsed: true } } : reply;
    } finally {
      leave(key, flight);
    }
  };
};
