import { Problem } from '../http/problem.js';
import type { ProblemKind } from '../http/problems.js';
import { Representation } from '../http/representation.js';
import { FROM_UPSTREAM } from '../upstream/exchange.js';
import { Payload } from '../upstream/payload.js';

/** What a first request was answered with, or the problem it ended in. */
export type FirstAnswer =
  | { readonly result: Representation | undefined; readonly problem?: never }
  | { readonly result?: never; readonly problem: Problem };

interface Written {
  /** Absent for an answer without a body. */
  readonly result?: Representation['options'];
  readonly problem?: { readonly kind: ProblemKind; readonly detail: string; readonly options: Problem['options'] };
}

/** An answer as text: a line about it, and its body as it is. The request it is replayed to has its own id and encoding. */
export function writeAnswer({ result, problem }: FirstAnswer): string {
  const about: Written = problem
    ? { problem: { kind: problem.kind, detail: problem.detail, options: problem.options } }
    : { ...(result && { result: result.options }) };
  return `${JSON.stringify(about)}\n${result ? result.payload.bytes.toString() : ''}`;
}

export function readAnswer(text: string): FirstAnswer {
  const end = text.indexOf('\n');
  const { result, problem } = JSON.parse(text.slice(0, end)) as Written;
  if (problem) return { problem: new Problem(problem.kind, problem.detail, problem.options) };
  const body = new Payload(Buffer.from(text.slice(end + 1)));
  return { result: result && new Representation(body, FROM_UPSTREAM, result) };
}
