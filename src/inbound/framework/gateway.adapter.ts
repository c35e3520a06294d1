import { createServer } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Response } from 'express';
import type { Addresses } from '../../config/addresses.js';
import { answerOf } from '../../http/answers/answer.js';
import { parseQuery } from '../../http/input/parse-query.js';
import { Representation } from '../../http/answers/representation.js';
import { answerError } from '../visit/answer-error.js';
import type { Visit } from '../visit/visit.js';
import type { VisitedRequest } from '../visit/visited-request.js';

/** Nest's adapter for Express: each resource has exactly one URL, and representations are answered as `dispatch` does. */
export class GatewayAdapter extends ExpressAdapter {
  constructor(private readonly addresses: Pick<Addresses, 'publicUrl'>) {
    const app = express();
    app.enable('strict routing');
    app.enable('case sensitive routing');
    app.disable('x-powered-by');
    app.disable('etag');
    app.set('query parser', parseQuery);
    super(app);
  }

  /** Express does not listen to the server, because requests reach it through the layers. */
  override initHttpServer(): void {
    this.httpServer = createServer();
  }

  /** Passes errors of Express to the filter unchanged. Nest would wrap some of them. */
  override mapException(error: unknown): unknown {
    return error;
  }

  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    if (!(body instanceof Representation)) return super.reply(response, body, statusCode);
    return this.#send((response.req as VisitedRequest).visit, body, statusCode ?? response.statusCode);
  }

  async #send(visit: Visit, representation: Representation, status: number): Promise<void> {
    try {
      const { publicUrl } = this.addresses;
      visit.send(await answerOf(representation, visit, { status, publicUrl }));
    } catch (error) {
      answerError(visit, error);
    }
  }
}
