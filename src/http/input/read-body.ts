import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type Request, type RequestHandler, type Response } from 'express';

/** The maximum size of any body. */
const MAX_BODY = '1mb';

/** Express's body readers set `request.body`; they also work without an Express application. */
const run = (reader: RequestHandler, request: IncomingMessage, response: ServerResponse): Promise<unknown> =>
  new Promise((resolve, reject) => {
    void reader(request as Request, response as Response, (error?: unknown) =>
      error ? reject(error as Error) : resolve((request as Request).body as unknown),
    );
  });

const json = express.json({ limit: MAX_BODY, strict: true, type: () => true });
const raw = express.raw({ limit: MAX_BODY, type: () => true });

/** Parses a JSON object or list; undefined without a body. */
export const readJson = (request: IncomingMessage, response: ServerResponse): Promise<unknown> =>
  run(json, request, response);

/** The raw bytes of the body. */
export const readRaw = async (request: IncomingMessage, response: ServerResponse): Promise<Buffer> => {
  const body = await run(raw, request, response);
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
};
