import type { SandboxRequest } from './http/exchange.js';

/** A request that reached the sandbox. */
export interface RecordedRequest {
  readonly method: string;
  /** With its query, byte for byte. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The first 64 kB of it. */
  readonly body: string;
  /** 0 as long as there is no answer, and for ever when the connection was broken instead. */
  status: number;
  readonly at: number;
}

const MOST_REQUESTS = 20_000;
const MOST_OF_A_BODY = 64 * 1024;

/** What reached the sandbox, oldest first; the oldest make room. */
export class Journal {
  readonly requests: RecordedRequest[] = [];

  write({ method, headers, body }: SandboxRequest, path: string): RecordedRequest {
    const text = body.subarray(0, MOST_OF_A_BODY).toString();
    const entry: RecordedRequest = { method, path, headers, body: text, status: 0, at: Date.now() };
    if (this.requests.length >= MOST_REQUESTS) this.requests.shift();
    this.requests.push(entry);
    return entry;
  }

  clear(): void {
    this.requests.length = 0;
  }
}
