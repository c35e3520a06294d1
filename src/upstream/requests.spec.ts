import { describe, expect, it } from '@jest/globals';
import type { Stage } from '../core/exchange.js';
import { pipe } from '../core/pipe.js';
import { withQuery } from './requests.js';
import { readOf, replyOf } from '../../test/support/far-end.js';

describe('withQuery', () => {
  it('omits undefined parameters, and the question mark when none is left', () => {
    expect(withQuery('/x', { q: undefined, page: undefined })).toBe('/x');
    expect(withQuery('/x', { q: undefined, page: 1 })).toBe('/x?page=1');
  });

  it('encodes any search text', () => {
    const path = withQuery('/x', { q: 'a&b=c#d%é +' });
    expect(new URL(path, 'http://logto.test').searchParams.get('q')).toBe('a&b=c#d%é +');
    expect(path).not.toMatch(/[#é ]/);
  });
});

describe('pipe', () => {
  it('passes a request through its stages in the order of the list', async () => {
    const passed: string[] = [];
    const stage =
      (name: string): Stage =>
      (next) =>
      async (request) => {
        passed.push(`${name} in`);
        const reply = await next(request);
        passed.push(`${name} out`);
        return reply;
      };
    await pipe(stage('first'), stage('second'))(async () => replyOf(passed.push('transport')))(readOf('/x'));
    expect(passed).toEqual(['first in', 'second in', 'transport', 'second out', 'first out']);
  });
});
