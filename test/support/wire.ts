import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { deferred } from './far-end.js';

/** A raw HTTP response. */
export interface WireAnswer {
  readonly statusLine: string;
  readonly status: number;
  /** By name, in its original case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A raw connection that shows what a client library would fix or hide. */
export class Wire {
  #received: Buffer = Buffer.alloc(0);
  /** Not concatenated yet, because a large response arrives in thousands of chunks. */
  #chunks: Buffer[] = [];
  /** The minimum number of bytes of a complete response. */
  #neededBytes = 0;
  #hasEnded = false;
  #progress = deferred<void>();

  private constructor(readonly socket: Socket) {
    const notify = (): void => {
      this.#progress.resolve();
      this.#progress = deferred();
    };
    const end = (): void => {
      this.#hasEnded = true;
      notify();
    };
    socket.on('data', (chunk: Buffer) => (this.#chunks.push(chunk), notify()));
    socket.on('end', end).on('error', end).on('close', end);
  }

  static async to(url: string): Promise<Wire> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    return new Wire(socket);
  }

  send(text: string): void {
    this.socket.write(text);
  }

  /** The next complete response. Fails if the connection ends before. */
  async next(): Promise<WireAnswer> {
    for (;;) {
      const answer = this.#take();
      if (answer) return answer;
      if (this.#hasEnded) throw new Error(`the connection ended after ${this.size} bytes of a response`);
      await this.#progress.promise;
    }
  }

  /** All bytes until the server ends the connection. */
  async rest(): Promise<Buffer> {
    while (!this.#hasEnded) await this.#progress.promise;
    return this.#concatenate();
  }

  /** The number of received bytes that were not consumed yet. */
  get size(): number {
    return this.#chunks.reduce((sum, { length }) => sum + length, this.#received.length);
  }

  #concatenate(): Buffer {
    this.#received = Buffer.concat([this.#received, ...this.#chunks]);
    this.#chunks = [];
    return this.#received;
  }

  #take(): WireAnswer | undefined {
    if (this.size < this.#neededBytes) return undefined;
    const received = this.#concatenate();
    const end = received.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [statusLine = '', ...lines] = received.toString('latin1', 0, end).split('\r\n');
    const status = Number(statusLine.split(' ')[1]);
    const headers = headersIn(lines);
    const isUntilEnd = headers['Content-Length'] === undefined && headers['Connection'] === 'close';
    if (isUntilEnd && !this.#hasEnded) return undefined;
    const rest = received.length - end - 4;
    const length = status === 304 ? 0 : isUntilEnd ? rest : Number(headers['Content-Length']);
    if (!Number.isInteger(length)) throw new Error(`a response without length: ${statusLine}`);
    this.#neededBytes = end + 4 + length;
    if (received.length < this.#neededBytes) return undefined;
    const body = received.subarray(end + 4, this.#neededBytes);
    this.#received = received.subarray(this.#neededBytes);
    this.#neededBytes = 0;
    return { statusLine, status, headers, body };
  }
}

const headersIn = (lines: readonly string[]): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name = '', value = ''] = /^([!-9;-~]+): (.*)$/.exec(line) ?? [];
    if (name === '' || name in headers) throw new Error(`an invalid or repeated header: ${line}`);
    headers[name] = value;
  }
  return headers;
};
