import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Visit } from '../visit/visit.js';
import { ResponseBatcher } from '../visit/response-batcher.js';

/** How often connections are checked while the last requests are answered. */
const EVERY_MS = 50;

const PENDING = Symbol('pending answers');

/** A connection that counts its pending answers itself, because a map would cost each request four look-ups. */
type FollowedSocket = Socket & { [PENDING]?: number };

const count = ({ request }: Pick<Visit, 'request'>, more: 1 | -1): void => {
  const socket: FollowedSocket = request.socket;
  socket[PENDING] = (socket[PENDING] ?? 0) + more;
};

const release = (visit: Pick<Visit, 'request'>): void => count(visit, -1);

/** The connections of a server, which can close without cutting off an answer and without waiting for idle clients. */
export class Connections {
  readonly responseBatcher = new ResponseBatcher();
  readonly #open = new Set<FollowedSocket>();
  #isClosing = false;

  constructor(private readonly server: Server) {
    server.on('connection', (socket: FollowedSocket) => {
      socket[PENDING] = 0;
      this.#open.add(socket);
      // A response that waits for another one emits no 'close' when its connection ends.
      socket.once('close', () => this.#open.delete(socket));
    });
    // Node calls this when it stops listening. Its own version would cut off answers that are still in the socket's buffer.
    server.closeIdleConnections = () => this.#closeUnused();
  }

  /** Keeps the connection of a visit open until its answer is given. */
  follow(visit: Pick<Visit, 'request' | 'response' | 'onClose'>): void {
    if (this.#isClosing) visit.response.shouldKeepAlive = false;
    count(visit, 1);
    visit.onClose(release);
  }

  /** From now on every answer closes its connection, so that the next request goes to another replica. */
  closeAfterAnswers(): void {
    this.#isClosing = true;
  }

  /**
   * Closes unused connections until `work` is done. Node would wait for the clients of connections with an answer that began before
   * `closeAfterAnswers`, and of connections without any request.
   */
  async closeUnused(work: Promise<void>): Promise<void> {
    const sweeping = setInterval(() => this.#closeUnused(), EVERY_MS);
    try {
      await work;
    } finally {
      clearInterval(sweeping);
    }
  }

  #closeUnused(): void {
    this.responseBatcher.flush();
    const isUnused = [...this.#open].every((socket) => socket[PENDING] === 0);
    if (isUnused) this.server.closeAllConnections();
  }
}
