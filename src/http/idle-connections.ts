import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** How often connections are looked through. */
const EVERY_MS = 1000;

/** What is known of a connection that may become idle. */
interface Watch {
  /** So many looks at it and no byte moves: too long; 0 = something is under way, and it is not looked at. */
  limit: number;
  looks: number;
  /** Bytes read and written until the first look. */
  moved: number;
}

/**
 * Ends connections that have been idle too long, as Node does, with one timer for all of them. Node makes one for each answer,
 * which lives until the next request of its connection: two thirds of what filled V8's old generation (decision 64).
 *
 * A connection is given up at most `everyMs` later than Node would.
 */
export function endIdleConnections(server: Server, everyMs = EVERY_MS): void {
  const watches = new Map<Socket, Watch>();
  const look = (): void => {
    for (const [socket, watch] of watches) if (isOver(socket, watch)) socket.emit('timeout');
  };
  server.on('connection', (socket) => {
    const watch: Watch = { limit: 0, looks: 0, moved: 0 };
    watches.set(socket, watch);
    socket.once('close', () => watches.delete(socket));
    // By this Node says how long a connection may be idle from now on: after an answer so long, from the next request on 0.
    socket.setTimeout = (ms, callback) => {
      watch.limit = Math.ceil(ms / everyMs);
      watch.looks = 0;
      if (callback && ms > 0) socket.once('timeout', callback);
      else if (callback) socket.removeListener('timeout', callback);
      return socket;
    };
  });
  server.once('listening', () => {
    const looking = setInterval(look, everyMs).unref();
    server.once('close', () => clearInterval(looking));
  });
}

/** Looks at a connection: whether it has been idle for as long as it may. */
const isOver = (socket: Socket, watch: Watch): boolean => {
  if (watch.limit === 0) return false;
  watch.looks += 1;
  if (watch.looks > 1 && watch.looks <= watch.limit) return false;
  const moved = socket.bytesRead + socket.bytesWritten;
  if (watch.looks > 1 && moved === watch.moved) return true;
  // The first look, or somebody is sending a request slowly: its time begins anew.
  watch.looks = 1;
  watch.moved = moved;
  return false;
};
