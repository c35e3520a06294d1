import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { Headers } from './send.js';

/** What helmet sets, which is the same for every answer: asked once, for helmet's dozen handlers cost a tenth of a request. */
const headersOfHelmet = (): Headers => {
  const headers: [string, string][] = [];
  const response = {
    setHeader: (name: string, value: string) => headers.push([name, value]),
    removeHeader: () => undefined,
  } as unknown as ServerResponse;
  const set = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  });
  set({} as IncomingMessage, response, (error) => {
    if (error) throw error as Error;
  });
  return headers;
};

/** Headers that tell browsers to do nothing with answers but to hand them to the script that asked. */
export const SECURITY_HEADERS = headersOfHelmet();

export const setSecurityHeaders: RequestHandler = (_request, response, next) => {
  for (const [name, value] of SECURITY_HEADERS) response.setHeader(name, value);
  next();
};
