import { type ServerResponse, STATUS_CODES } from 'node:http';

type Headers = readonly (readonly [name: string, value: string])[];

interface Visit {
  readonly request: { readonly method?: string };
  readonly response: ServerResponse;
  readonly isHandedOver: boolean;
  linesFor(status: number): string;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly varying: Headers;
  readonly content: Headers;
  readonly bytes: Buffer | undefined;
}

export const writableBody = (bytes: Buffer): Buffer => bytes;
export const statusLine = (status: number): string => `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`;
export const canTakeLines = ({ isHandedOver, response }: Visit): boolean => response.shouldKeepAlive && !isHandedOver;

/** Most lines are the same in each answer: parsed once, they cost this variant next to nothing. */
const parsed = new Map<string, readonly [name: string, value: string]>();
const MAX_PARSED = 1000;

const headerOf = (line: string): readonly [name: string, value: string] => {
  let header = parsed.get(line);
  if (!header) {
    const end = line.indexOf(': ');
    header = [line.slice(0, end), line.slice(end + 2)];
    if (parsed.size < MAX_PARSED) parsed.set(line, header);
  }
  return header;
};

const headersOf = (lines: string): Headers => lines.split('\r\n').slice(0, -1).map(headerOf);

/** Has Node write the heads. */
export class AnswerWriter {
  constructor(private readonly batcher: { end(response: ServerResponse, body: Buffer | undefined): void }) {}

  write(visit: Visit, { status, headers, varying, content, bytes }: Answer): void {
    const body = visit.request.method === 'HEAD' ? undefined : bytes;
    this.#write(visit, status, [...headers, ...varying, ...content], body);
  }

  writeLines(visit: Visit, status: number, lines: string, body: Buffer | undefined): void {
    this.#write(visit, status, headersOf(lines), body);
  }

  #write(visit: Visit, status: number, headers: Headers, body: Buffer | undefined): void {
    const { response, isHandedOver } = visit;
    if (isHandedOver) {
      for (const [name, value] of headers) response.setHeader(name, value);
      response.statusCode = status;
    } else response.writeHead(status, [...headersOf(visit.linesFor(status)), ...headers].flat());
    this.batcher.end(response, body);
  }
}
