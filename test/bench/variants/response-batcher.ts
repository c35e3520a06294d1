import type { ServerResponse } from 'node:http';

/** Ends each answer at once. */
export class ResponseBatcher {
  end(response: ServerResponse, body: Buffer | string | undefined): void {
    response.end(body);
  }

  readonly flush = (): void => undefined;
}
