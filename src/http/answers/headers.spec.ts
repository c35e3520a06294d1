import { describe, expect, it } from '@jest/globals';
import { headersOf, lineOf, linesOf } from './headers.js';

describe('lines of a head', () => {
  it.each([
    ['a line break', 'a\r\nX-Injected: 1'],
    ['a lone line feed', 'a\nb'],
    ['NUL', 'a\0b'],
    ['a character whose last byte is a line feed', 'a\u010ab'],
    ['a character beyond latin1', 'a漢'],
  ])('are not made of a value with %s', (_what, value) => {
    expect(() => lineOf('X-Name', value)).toThrow(/X-Name/);
    expect(() => linesOf([['X-Name', value]])).toThrow(/X-Name/);
  });

  it.each(['X Name', 'X-Name:', 'X\r\nY', ''])('are not made of the name %j', (name) => {
    expect(() => lineOf(name, 'value')).toThrow(/[Hh]eader name/);
  });

  it('give the headers back that they were made of', () => {
    const headers = [
      ['Link', '<http://localhost/a?b=c>; rel="next"'],
      ['X-Colon', 'a: b'],
      ['X-Latin1', 'ü'],
    ] as const;
    expect(headersOf(linesOf(headers))).toEqual(headers);
  });
});
