import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Request, type Response } from 'express';
import type { Addresses } from '../config/addresses.js';
import { problemOf } from './problem-of.js';
import { Representation } from './representation.js';
import { type OnSend, sendProblem, sendRepresentation } from './send.js';

/** Nest's Express, with one URL for one resource, and with an own way to write what services give. */
export class GatewayAdapter extends ExpressAdapter {
  /** Told of every answer made of a representation. */
  onSend: OnSend | undefined;

  constructor(private readonly addresses: Addresses) {
    const app = express();
    app.enable('strict routing');
    app.enable('case sensitive routing');
    app.disable('x-powered-by');
    app.disable('etag');
    super(app);
  }

  /** Errors of Express reach the filter as they are; Nest would wrap some of them in its own. */
  override mapException(error: unknown): unknown {
    return error;
  }

  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    if (!(body instanceof Representation)) return super.reply(response, body, statusCode);
    const status = body.options.status ?? statusCode;
    if (status !== undefined) response.statusCode = status;
    const request = response.req as Request;
    return sendRepresentation(request, response, body, this.addresses.publicUrl, this.onSend).catch((error: unknown) =>
      sendProblem(request, response, problemOf(error)),
    );
  }
}
