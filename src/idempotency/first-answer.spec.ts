import { describe, expect, it } from '@jest/globals';
import { Problem } from '../http/problems/problem.js';
import { Representation } from '../http/answers/representation.js';
import { FROM_UPSTREAM } from '../core/exchange.js';
import { Payload } from '../core/payload.js';
import { decodeAnswer, encodeAnswer } from './first-answer.js';

describe('an encoded first answer', () => {
  it('is decoded with its exact body, status, location and headers', () => {
    const bytes = Buffer.from('{"name":"Ångström\\n\\u2028 \\"quoted\\"",\n"b":1}');
    const options = { status: 200, location: '/api/organizations/x', storable: false, headers: { 'X-Y': 'z' } };
    const { result } = decodeAnswer(
      encodeAnswer({ result: new Representation(new Payload(bytes), FROM_UPSTREAM, options) }),
    );
    expect(result?.payload.bytes.equals(bytes)).toBe(true);
    expect(result?.options).toEqual(options);
  });

  it('is decoded without a body when it had none', () => {
    expect(decodeAnswer(encodeAnswer({ result: undefined }))).toEqual({ result: undefined });
  });

  it('is decoded as the same problem, with code, errors and headers', () => {
    const errors = [{ in: 'body', pointer: '/name', code: 'length', detail: 'must be shorter' }] as const;
    const problem = new Problem('invalid-input', 'No.', { code: 'guard.invalid_input', errors, headers: { A: 'b' } });
    const { problem: decoded } = decodeAnswer(encodeAnswer({ problem }));
    const request = { instance: '/x', requestId: 'r' };
    expect(decoded).toBeInstanceOf(Problem);
    expect(decoded?.toBody(request)).toEqual(problem.toBody(request));
    expect(decoded?.options).toEqual(problem.options);
  });
});
