import type { SandboxRequest } from './http/exchange.js';

/** A request that reached the sandbox. */
export interface RecordedRequest {
  readonly method: string;
  /** With the query, byte for byte. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The first 64 kB of the body. */
  readonly body: string;
  /** 0 before the response, and if the connection was broken instead. */
  status: number;
  readonly at: number;
}

const MAX_REQUESTS = 20_000;
const MAX_BODY_BYTES = 64 * 1024;

/** The requests that reached the sandbox, oldest first; the oldest ones are dropped beyond the maximum. */
export class RequestLog {
  readonly requests: RecordedRequest[] = [];

  write({ method, headers, body }: SandboxRequest, path: string): RecordedRequest {
    const text = body.subarray(0, MAX_BODY_BYTES).toString();
    const entry: RecordedRequest = { method, path, headers, body: text, status: 0, at: Date.now() };
    if (this.requests.length >= MAX_REQUESTS) this.requests.shift();
    this.requests.push(entry);
    return entry;
  }

  clear(): void {
    this.requests.length = 0;
  }
}
