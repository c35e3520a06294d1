import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { deferred } from './far-end.js';

/** An answer as it stands on the wire. */
export interface WireAnswer {
  readonly statusLine: string;
  readonly status: number;
  /** Names as they were written. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A connection spoken to byte by byte: what a client library would mend or hide is seen. */
export class Wire {
  #received: Buffer = Buffer.alloc(0);
  /** Not put together with the rest yet: a large answer comes in thousands of pieces. */
  #pieces: Buffer[] = [];
  /** Fewer bytes are no whole answer. */
  #wanted = 0;
  #hasEnded = false;
  #news = deferred<void>();

  private constructor(readonly socket: Socket) {
    const tell = (): void => {
      this.#news.resolve();
      this.#news = deferred();
    };
    const end = (): void => {
      this.#hasEnded = true;
      tell();
    };
    socket.on('data', (piece: Buffer) => (this.#pieces.push(piece), tell()));
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

  /** The next answer, whole. Fails when the connection ends before. */
  async next(): Promise<WireAnswer> {
    for (;;) {
      const answer = this.#take();
      if (answer) return answer;
      if (this.#hasEnded) throw new Error(`the connection ended ${this.size} bytes into an answer`);
      await this.#news.promise;
    }
  }

  /** What comes until the server ends the connection. */
  async rest(): Promise<Buffer> {
    while (!this.#hasEnded) await this.#news.promise;
    return this.#together();
  }

  /** Bytes that came and were not taken. */
  get size(): number {
    return this.#pieces.reduce((sum, { length }) => sum + length, this.#received.length);
  }

  #together(): Buffer {
    this.#received = Buffer.concat([this.#received, ...this.#pieces]);
    this.#pieces = [];
    return this.#received;
  }

  #take(): WireAnswer | undefined {
    if (this.size < this.#wanted) return undefined;
    const received = this.#together();
    const end = received.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [statusLine = '', ...lines] = received.toString('latin1', 0, end).split('\r\n');
    const status = Number(statusLine.split(' ')[1]);
    const headers = headersIn(lines);
    const isUntilEnd = headers['Content-Length'] === undefined && headers['Connection'] === 'close';
    if (isUntilEnd && !this.#hasEnded) return undefined;
    const rest = received.length - end - 4;
    const length = status === 304 ? 0 : isUntilEnd ? rest : Number(headers['Content-Length']);
    if (!Number.isInteger(length)) throw new Error(`an answer of no length: ${statusLine}`);
    this.#wanted = end + 4 + length;
    if (received.length < this.#wanted) return undefined;
    const body = received.subarray(end + 4, this.#wanted);
    this.#received = received.subarray(this.#wanted);
    this.#wanted = 0;
    return { statusLine, status, headers, body };
  }
}

const headersIn = (lines: readonly string[]): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name = '', value = ''] = /^([!-9;-~]+): (.*)$/.exec(line) ?? [];
    if (name === '' || name in headers) throw new Error(`no header, or one that was there before: ${line}`);
    headers[name] = value;
  }
  return headers;
};
