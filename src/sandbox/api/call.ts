import type { Tables } from '../data/tables.js';
import type { Emit } from './send-event.js';
import type { SandboxAnswer, SandboxRequest } from '../http/exchange.js';
import { type Check, guard } from '../http/guard.js';
import { internalError } from '../http/refusal.js';
import type { Route } from '../http/router.js';

/** An authorized call of the Management API. */
export interface Call {
  readonly request: SandboxRequest;
  readonly tables: Tables;
  /** A path parameter of the route. */
  param(name: string): string;
  /** The known fields of the body. Throws a refusal with all faults. */
  body<T>(check: Check<T>): T;
  /** A query parameter; a repeated one is refused. */
  query(check: Check<string | undefined>, name: string): string | undefined;
  /** Sends an event to the webhooks. */
  readonly emit: Emit;
}

export type Handler = (call: Call) => SandboxAnswer;
export type ApiRoute = Route<Handler>;

export function callOf(
  request: SandboxRequest,
  tables: Tables,
  params: Readonly<Record<string, string>>,
  body: unknown,
  emit: Emit,
): Call {
  return {
    request,
    tables,
    emit,
    param(name) {
      const value = params[name] ?? '';
      if (value.includes('\0')) throw internalError();
      return value;
    },
    body: (check) => guard('body', check, body),
    query(check, name) {
      const values = request.query.getAll(name);
      const read = (value: unknown, _path: unknown, issues: Parameters<Check<string>>[2]) =>
        check(value, [name], issues);
      return guard('query', read, values.length > 1 ? values : values[0]);
    },
  };
}
