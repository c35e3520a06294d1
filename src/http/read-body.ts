import express, { type Request, type RequestHandler, type Response } from 'express';

/** The largest body that is read, of any kind. */
const MAX_BODY = '1mb';

const run = (reader: RequestHandler, request: Request, response: Response): Promise<void> =>
  new Promise((resolve, reject) => {
    void reader(request, response, (error?: unknown) => (error ? reject(error as Error) : resolve()));
  });

const json = express.json({ limit: MAX_BODY, strict: true, type: () => true });
const raw = express.raw({ limit: MAX_BODY, type: () => true });

/** Puts the JSON object or list of the body into `request.body`; undefined where there is no body. */
export const readJson = (request: Request, response: Response): Promise<void> => run(json, request, response);

/** The body's bytes as they came. */
export const readRaw = async (request: Request, response: Response): Promise<Buffer> => {
  await run(raw, request, response);
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
};
