import { describe, expect, it } from '@jest/globals';
import { Problem } from '../http/problem.js';
import { Representation } from '../http/representation.js';
import { FROM_UPSTREAM } from '../upstream/exchange.js';
import { Payload } from '../upstream/payload.js';
import { readAnswer, writeAnswer } from './first-answer.js';

describe('a first answer written down', () => {
  it('is read with its body byte for byte, its status and where to find what was made', () => {
    const bytes = Buffer.from('{"name":"Ångström\\n\\u2028 \\"quoted\\"",\n"b":1}');
    const options = { status: 200, location: '/api/organizations/x', storable: false, headers: { 'X-Y': 'z' } };
    const { result } = readAnswer(
      writeAnswer({ result: new Representation(new Payload(bytes), FROM_UPSTREAM, options) }),
    );
    expect(result?.payload.bytes.equals(bytes)).toBe(true);
    expect(result?.options).toEqual(options);
  });

  it('is read as none where there was no body', () => {
    expect(readAnswer(writeAnswer({ result: undefined }))).toEqual({ result: undefined });
  });

  it('is read as the problem it was, with code, faults and headers', () => {
    const errors = [{ in: 'body', pointer: '/name', code: 'length', detail: 'must be shorter' }] as const;
    const problem = new Problem('invalid-input', 'No.', { code: 'guard.invalid_input', errors, headers: { A: 'b' } });
    const { problem: read } = readAnswer(writeAnswer({ problem }));
    const request = { instance: '/x', requestId: 'r' };
    expect(read).toBeInstanceOf(Problem);
    expect(read?.toBody(request)).toEqual(problem.toBody(request));
    expect(read?.options).toEqual(problem.options);
  });
});
