import type { ServerResponse } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Request, type Response } from 'express';
import type { Addresses } from '../config/addresses.js';
import type { Departures } from './departures.js';
import { problemOf } from './problem-of.js';
import { Representation } from './representation.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { type Answer, answerOf, type AddressedRequest, type Headers, sendProblem } from './send.js';

/**
 * Told of an answer before it is written.
 * @param headers gives all headers it carries
 */
export type OnAnswer = (
  request: AddressedRequest,
  representation: Representation,
  answer: Answer,
  headers: () => Headers,
) => void;

/** Nest's Express, with one URL for one resource, and with an own way to write what services give. */
export class GatewayAdapter extends ExpressAdapter {
  onAnswer: OnAnswer | undefined;
  /** How the body of an answer is handed over. */
  handOver: Departures['end'] = (response, body) => void response.end(body);

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
    return this.replyWith(body, response.req as Request, response, statusCode ?? response.statusCode);
  }

  /** Writes a representation; what goes wrong with it is answered, too. */
  async replyWith(
    body: Representation,
    request: AddressedRequest,
    response: ServerResponse,
    status: number,
  ): Promise<void> {
    try {
      const vary = response.getHeader('Vary')?.toString();
      const answer = await answerOf(request, body, { status, publicUrl: this.addresses.publicUrl, vary });
      for (const [name, value] of answer.headers) response.setHeader(name, value);
      // Who has the answer has these with it (RFC 9110, 15.4.5), and a 304 is there to be short.
      if (answer.status === 304) for (const [name] of SECURITY_HEADERS) response.removeHeader(name);
      this.onAnswer?.(request, body, answer, () => headersOf(response));
      response.statusCode = answer.status;
      this.handOver(response, request.method === 'HEAD' ? undefined : answer.bytes);
    } catch (error) {
      sendProblem(request, response, problemOf(error));
    }
  }
}

const headersOf = (response: ServerResponse): Headers =>
  response
    .getHeaderNames()
    .flatMap((name) => [response.getHeader(name) ?? []].flat().map((value) => [name, String(value)] as const));
