import { describe, expect, it } from '@jest/globals';
import { LogtoRefusal, UpstreamFault, type UpstreamFaultCode } from '../../core/faults.js';
import { Problem } from './problem.js';
import { problemOf } from './problem-of.js';

describe('the problem of', () => {
  it.each<[UpstreamFaultCode, number]>([
    ['upstream.unauthorized', 502],
    ['upstream.error', 502],
    ['upstream.invalid_response', 502],
    ['upstream.unavailable', 503],
    ['upstream.busy', 503],
    ['upstream.budget', 503],
    ['upstream.timeout', 504],
  ])('%s is %i and does not reveal the reason', (code, status) => {
    const problem = problemOf(new UpstreamFault(code, 'client m-default at 10.0.0.7 was refused'));
    expect(problem).toMatchObject({ status, code });
    expect(JSON.stringify(problem.toBody({ instance: '/', requestId: 'r' }))).not.toMatch(/m-default|10\.0/);
  });

  it.each<UpstreamFaultCode>(['upstream.unavailable', 'upstream.busy', 'upstream.budget'])(
    '%s has Retry-After',
    (code) => {
      expect(problemOf(new UpstreamFault(code, 'x')).options.headers?.['Retry-After']).toMatch(/^[1-9]\d*$/);
      expect(problemOf(new UpstreamFault(code, 'x', { retryAfterS: 17 })).options.headers).toEqual({
        'Retry-After': '17',
      });
    },
  );

  it('a write without a known outcome says that it may have happened', () => {
    const detail = (wrote: boolean) => problemOf(new UpstreamFault('upstream.timeout', 'x', { wrote })).detail;
    expect(detail(true)).toContain('may have happened');
    expect(detail(false)).not.toContain('may have happened');
  });

  it.each([
    [400, 'invalid-input'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [409, 'conflict'],
    [422, 'unprocessable'],
  ])('Logto’s %i keeps its status and code', (status, kind) => {
    expect(problemOf(new LogtoRefusal(status, 'some.code', 'As Logto says.'))).toMatchObject({
      status,
      kind,
      code: 'some.code',
      detail: 'As Logto says.',
    });
  });

  it('an unexpected error is 500 without its message', () => {
    const problem = problemOf(new TypeError('password is undefined'));
    expect(problem).toMatchObject({ status: 500, code: 'internal' });
    expect(JSON.stringify(problem.toBody({ instance: '/', requestId: 'r' }))).not.toContain('password');
  });

  it.each([undefined, null, 'text', 5])('the thrown value %p is 500, too', (thrown) => {
    expect(problemOf(thrown).status).toBe(500);
  });

  it('a problem is the problem itself', () => {
    const problem = new Problem('conflict', 'x');
    expect(problemOf(problem)).toBe(problem);
  });
});
