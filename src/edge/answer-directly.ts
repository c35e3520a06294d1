import type { ServerResponse } from 'node:http';
import type { AuthenticatedRequest } from '../access/authenticate.middleware.js';
import type { Caller } from '../access/caller.js';
import { type RequestContext, withRequestContext } from '../context/request-context.js';
import type { Departures } from '../http/departures.js';
import type { OnAnswer } from '../http/gateway.adapter.js';
import type { ProblemFilter } from '../http/problem.filter.js';
import { Representation } from '../http/representation.js';
import { contextOf } from '../http/request-context.middleware.js';
import { SECURITY_HEADERS } from '../http/security-headers.js';
import { type Answer, answerOf, type Headers } from '../http/send.js';
import type { Allowance } from '../limits/rate-limiter.js';
import { limitHeaders } from '../limits/too-many.js';
import type { FoundRoute } from './direct-routes.js';
import { linesOf, requestLines, startOf } from './head.js';
import { readyBody, writeReady } from './write-ready.js';

export interface DirectOptions {
  readonly publicUrl: () => string;
  /** What all answers carry for the sake of other origins. */
  readonly crossOrigin: Headers;
  /** What else answers vary by: the origin, where other origins may ask. */
  readonly vary: string | undefined;
  readonly endOfHead: () => string;
  /** Notes in log and metrics what became of a request. */
  readonly note: (request: AuthenticatedRequest, response: ServerResponse, context: RequestContext) => void;
  readonly onAnswer: OnAnswer;
  readonly departures: Departures;
  /** Writes what went wrong. */
  readonly filter: Pick<ProblemFilter, 'answer'>;
}

/** A request that is known to be good. */
export interface Admitted {
  readonly found: FoundRoute;
  readonly caller: Caller;
  readonly allowance: Allowance | undefined;
  /** It gets of Express what is read of it, and no more. */
  readonly request: AuthenticatedRequest;
  readonly response: ServerResponse;
}

/**
 * Answers reads by their controllers' methods: what the framework finds out anew for each request, guards, interceptors and
 * pipes, is known of these beforehand.
 */
export class AnswerDirectly {
  readonly #common;
  /** A 304 is short. */
  readonly #commonUnchanged;

  constructor(private readonly options: DirectOptions) {
    this.#common = commonOf([...SECURITY_HEADERS, ...options.crossOrigin]);
    this.#commonUnchanged = commonOf(options.crossOrigin);
  }

  answer(admitted: Admitted): void {
    const { found, caller, request, response } = admitted;
    const { path, rule } = found.route;
    const known: Partial<AuthenticatedRequest> = {
      originalUrl: request.url,
      caller,
      rule,
      params: found.params,
      route: { path },
    };
    Object.assign(request, known);
    const context = contextOf(request, response);
    this.options.note(request, response, context);
    void withRequestContext(context, () => this.#answer(admitted, context));
  }

  async #answer(admitted: Admitted, context: RequestContext): Promise<void> {
    const { found, allowance, request, response } = admitted;
    const { publicUrl, vary, filter, onAnswer } = this.options;
    try {
      const body = await found.route.answer({
        params: found.params,
        queryText: queryOf(request.url),
        request,
        response,
      });
      if (!(body instanceof Representation)) throw new Error(`${found.route.path} answers with no representation`);
      const made = answerOf(request, body, { status: found.route.status, publicUrl: publicUrl(), vary });
      const answer = 'then' in made ? await made : made;
      const common = answer.status === 304 ? this.#commonUnchanged : this.#common;
      onAnswer(request, body, answer, () => [...common.headers, ...answer.headers]);
      this.#write(admitted, answer, common, context);
    } catch (error) {
      const headers = [
        ...this.#common.headers,
        ...(vary === undefined ? [] : [['Vary', vary] as const]),
        ['X-Request-Id', context.id] as const,
        ...Object.entries(limitsOf(allowance)),
      ];
      if (!response.headersSent) for (const [name, value] of headers) response.setHeader(name, value);
      filter.answer(error, request, response);
    }
  }

  #write({ allowance, response }: Admitted, answer: Answer, common: Common, { id }: RequestContext): void {
    const { status, headers, bytes } = answer;
    if (response.shouldKeepAlive) {
      const head = startOf(status, headers) + common.lines + requestLines(id, allowance) + this.options.endOfHead();
      writeReady(response, status, head, bytes ? readyBody(bytes) : '', this.options.departures);
      return;
    }
    // Node knows how to say that the connection ends.
    const all = [...common.headers, ...headers, ['X-Request-Id', id], ...Object.entries(limitsOf(allowance))];
    response.writeHead(status, all.flat()).end(bytes);
  }
}

/** Headers that are the same in all answers, and their lines. */
interface Common {
  readonly headers: Headers;
  readonly lines: string;
}

const commonOf = (headers: Headers): Common => ({ headers, lines: linesOf(headers) });

const limitsOf = (allowance: Allowance | undefined): Readonly<Record<string, string>> =>
  allowance ? limitHeaders(allowance) : {};

/** Some clients send what stands behind a '#', too: it is for them alone. */
const queryOf = (url = ''): string => {
  const at = url.indexOf('?');
  return at < 0 ? '' : (url.slice(at + 1).split('#', 1)[0] ?? '');
};
