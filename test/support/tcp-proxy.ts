import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that can delay, cut or hold the traffic between a client and a server. */
export class TcpProxy {
  /** The delay of data in each direction. */
  delayMs = 0;
  #server: Server | undefined;
  #sockets = new Set<Socket>();
  #isRefusing = false;
  #slowness = new AbortController();
  #isHeld = false;
  #port = 0;

  constructor(private readonly targetPort: number) {}

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    this.#server = createServer((near) => this.#join(near)).listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as { port: number }).port;
  }

  /** Cuts all connections and refuses new ones. */
  refuse(): void {
    this.#isRefusing = true;
    this.cut();
  }

  /** Accepts all data but passes nothing on, not even the end of a connection. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Resets all connections; new ones are accepted. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Returns to normal. Delayed data is sent at once, because later data would have to wait for it. */
  heal(): void {
    this.delayMs = 0;
    this.#slowness.abort();
    this.#slowness = new AbortController();
    this.#isRefusing = false;
    if (this.#isHeld) this.cut();
    this.#isHeld = false;
  }

  async close(): Promise<void> {
    this.cut();
    this.#server?.close();
    if (this.#server) await once(this.#server, 'close');
  }

  #join(near: Socket): void {
    if (this.#isRefusing) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.targetPort, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      let before = Promise.resolve();
      socket.on('data', (data) => {
        if (this.#isHeld) return;
        // Keeps the order, even if the delay has become shorter since the last chunk.
        const { signal } = this.#slowness;
        const { delayMs } = this;
        const slowly = () => pause(delayMs, undefined, { ref: false, signal }).catch(() => undefined);
        const due = delayMs > 0 ? slowly() : Promise.resolve();
        before = before.then(() => due).then(() => void (other.writable && other.write(data)));
      });
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
