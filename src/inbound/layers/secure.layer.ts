import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';
import { headerBlock, type Headers } from '../../http/answers/headers.js';
import type { Layer } from './layer.js';

/** Helmet sets the same headers on every answer. They are built once, because its dozen handlers cost a tenth of a request. */
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

const SECURITY = headerBlock(headersOfHelmet(), { onNotModified: false });

/** Adds headers that forbid browsers any use of an answer except by the script that requested it. */
export const secure: Layer = (next) => (visit) => {
  visit.addHeaders(SECURITY);
  return next(visit);
};
