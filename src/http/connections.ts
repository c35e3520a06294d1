import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Departures } from './departures.js';

/** How often connections are looked through while the last requests are answered. */
const EVERY_MS = 50;

/** The connections of a server that is to be left without anybody being cut off, and without waiting for anybody idle. */
export class Connections {
  /** Answers that are about to leave. */
  readonly departures = new Departures((response) => this.follow(response));
  /** How many answers are under way on each connection that has any. */
  readonly #underWay = new Map<Socket, number>();

  constructor(private readonly server: Server) {
    server.prependListener('request', (_request, response) => this.follow(response));
    // An answer behind another one is not told when its connection ends.
    server.on('connection', (socket) => socket.once('close', () => this.#underWay.delete(socket)));
    // Node calls this when it stops listening, and takes an answer for over that its socket still holds most of.
    server.closeIdleConnections = () => this.#closeUnused();
  }

  /** An answer whose connection must not be closed before it is over. */
  follow(response: ServerResponse): void {
    const { socket } = response.req;
    if (socket.destroyed) return;
    this.#underWay.set(socket, (this.#underWay.get(socket) ?? 0) + 1);
    response.once('close', () => this.#end(socket));
  }

  #end(socket: Socket): void {
    const left = (this.#underWay.get(socket) ?? 1) - 1;
    if (left > 0) this.#underWay.set(socket, left);
    else this.#underWay.delete(socket);
  }

  /** From now on every answer ends its connection, so that the next request goes to somebody else. */
  closeAfterAnswers(): void {
    this.server.prependListener('request', (_request, response) => {
      response.setHeader('Connection', 'close');
    });
  }

  /**
   * Closes connections nobody waits on until `work` is done. Node would wait for the other end of those whose answer began
   * before `closeAfterAnswers` and promised to keep them, and of those that never asked anything.
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
    this.departures.leave();
    if (this.#underWay.size === 0) this.server.closeAllConnections();
  }
}
