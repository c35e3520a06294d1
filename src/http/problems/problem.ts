import { PROBLEMS, type ProblemKind } from './problems.js';

/** A fault of a request. */
export interface InputFault {
  readonly in: 'body' | 'query' | 'path' | 'header';
  /** JSON pointer into the body ('/userIds/0'), or the parameter's name behind a slash ('/page'). */
  readonly pointer: string;
  readonly code: string;
  /** What is expected. */
  readonly detail: string;
}

/** The response body of a problem: RFC 9457, plus `code` and `message` for clients written for Logto. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
  readonly errors?: readonly InputFault[];
  readonly details?: Readonly<Record<string, object>>;
}

interface ProblemOptions {
  /** Default: the first code of the kind. */
  readonly code?: string;
  readonly errors?: readonly InputFault[];
  /** The state of each component, for operators. */
  readonly details?: Readonly<Record<string, object>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error as the caller sees it. It may be thrown anywhere; the exception filter writes it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;

  constructor(
    readonly kind: ProblemKind,
    readonly detail: string,
    readonly options: ProblemOptions = {},
  ) {
    super(detail);
    this.status = PROBLEMS[kind].status;
    this.code = options.code ?? PROBLEMS[kind].codes[0];
  }

  /** `instance` is the request path without the query, which may contain personal data. */
  toBody(request: { readonly instance: string; readonly requestId: string }): ProblemBody {
    return {
      type: `/problems/${this.kind}`,
      title: PROBLEMS[this.kind].title,
      status: this.status,
      detail: this.detail,
      instance: request.instance,
      code: this.code,
      message: this.detail,
      requestId: request.requestId,
      ...(this.options.errors && { errors: this.options.errors }),
      ...(this.options.details && { details: this.options.details }),
    };
  }
}

/** 400 that lists all faults of the request. */
export const invalidInput = (errors: readonly InputFault[]): Problem => {
  const isPaging = errors.length > 0 && errors.every(({ pointer }) => pointer === '/page' || pointer === '/page_size');
  const detail = errors.map((fault) => `${fault.in}${fault.pointer}: ${fault.detail}`).join('; ');
  return new Problem('invalid-input', detail, {
    code: isPaging ? 'guard.invalid_pagination' : 'guard.invalid_input',
    errors,
  });
};
