/** A request, independent of the transport. */
export interface SandboxRequest {
  readonly method: string;
  /** Byte for byte as received, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case; repeated headers are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface SandboxAnswer {
  readonly status: number;
  /** An array is sent as repeated headers. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}

export const json = (status: number, value: unknown, headers: SandboxAnswer['headers'] = {}): SandboxAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(value),
});

export const text = (status: number, body: string, headers: SandboxAnswer['headers'] = {}): SandboxAnswer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  body,
});

export const noContent = (): SandboxAnswer => ({ status: 204, headers: {}, body: '' });

/** Logto answers some creations with this word instead of the resource. */
export const created = (): SandboxAnswer => text(201, 'Created');
