import { Problem } from '../http/problems/problem.js';
import type { ProblemKind } from '../http/problems/problems.js';
import { Representation } from '../http/answers/representation.js';
import { FROM_UPSTREAM } from '../core/exchange.js';
import { Payload } from '../core/payload.js';

/** The answer to the first request with a key, or the problem it ended in. */
export type FirstAnswer =
  | { readonly result: Representation | undefined; readonly problem?: never }
  | { readonly result?: never; readonly problem: Problem };

interface EncodedHeader {
  /** Absent for an answer without a body. */
  readonly result?: Representation['options'];
  readonly problem?: { readonly kind: ProblemKind; readonly detail: string; readonly options: Problem['options'] };
}

/** A line of JSON and the unchanged body. Request id and content encoding are not stored: a replay has its own. */
export function encodeAnswer({ result, problem }: FirstAnswer): string {
  const header: EncodedHeader = problem
    ? { problem: { kind: problem.kind, detail: problem.detail, options: problem.options } }
    : { ...(result && { result: result.options }) };
  return `${JSON.stringify(header)}\n${result ? result.payload.bytes.toString() : ''}`;
}

export function decodeAnswer(text: string): FirstAnswer {
  const end = text.indexOf('\n');
  const { result, problem } = JSON.parse(text.slice(0, end)) as EncodedHeader;
  if (problem) return { problem: new Problem(problem.kind, problem.detail, problem.options) };
  const body = new Payload(Buffer.from(text.slice(end + 1)));
  return { result: result && new Representation(body, FROM_UPSTREAM, result) };
}
