import type { Tables } from '../data/tables.js';
import type { Announce } from '../hooks.js';
import type { SandboxAnswer, SandboxRequest } from '../http/exchange.js';
import { type Check, guard } from '../http/guard.js';
import { internalError } from '../http/refusal.js';
import type { Route } from '../http/router.js';

/** One call of the Management API that was let in. */
export interface Call {
  readonly request: SandboxRequest;
  readonly tables: Tables;
  /** The segment a `:name` of the route stands for. */
  param(name: string): string;
  /** The body as far as it is known, or a refusal with every fault. */
  body<T>(check: Check<T>): T;
  /** One query parameter; given twice it is refused. */
  query(check: Check<string | undefined>, name: string): string | undefined;
  /** Tells the webhooks. */
  readonly announce: Announce;
}

export type Handler = (call: Call) => SandboxAnswer;
export type ApiRoute = Route<Handler>;

export function callOf(
  request: SandboxRequest,
  tables: Tables,
  params: Readonly<Record<string, string>>,
  body: unknown,
  announce: Announce,
): Call {
  return {
    request,
    tables,
    announce,
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
