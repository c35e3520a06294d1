import type { RequestLog } from '../../observability/request-log.js';
import type { Layer } from './layer.js';
import type { Visit } from '../visit/visit.js';

/** Writes one log line for every request when it is answered or its connection is lost. */
export const log = (write: RequestLog): Layer => {
  const note = ({ id, request, response, path, durationMs, caller, upstreamCalls }: Visit): void =>
    write({
      requestId: id,
      method: request.method ?? '',
      path,
      status: response.statusCode,
      durationMs,
      caller,
      upstreamCalls,
      isAborted: !response.writableFinished,
    });
  return (next) => (visit) => {
    visit.onClose(note);
    return next(visit);
  };
};
