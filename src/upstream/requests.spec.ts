import { describe, expect, it } from '@jest/globals';
import { pipe, type Stage } from './exchange.js';
import { withQuery } from './requests.js';
import { readOf, replyOf } from '../../test/support/far-end.js';

describe('withQuery', () => {
  it('leaves out what is undefined, and the question mark with it', () => {
    expect(withQuery('/x', { q: undefined, page: undefined })).toBe('/x');
    expect(withQuery('/x', { q: undefined, page: 1 })).toBe('/x?page=1');
  });

  it('encodes what callers may write into a search', () => {
    const path = withQuery('/x', { q: 'a&b=c#d%é +' });
    expect(new URL(path, 'http://logto.test').searchParams.get('q')).toBe('a&b=c#d%é +');
    expect(path).not.toMatch(/[#é ]/);
  });
});

describe('pipe', () => {
  it('reads in the order a request meets its stages', async () => {
    const met: string[] = [];
    const stage =
      (name: string): Stage =>
      (next) =>
      async (request) => {
        met.push(`${name} in`);
        const reply = await next(request);
        met.push(`${name} out`);
        return reply;
      };
    await pipe(stage('first'), stage('second'))(async () => replyOf(met.push('wire')))(readOf('/x'));
    expect(met).toEqual(['first in', 'second in', 'wire', 'second out', 'first out']);
  });
});
