import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pageLinks } from './links.js';

const ADDRESS = 'https://gateway.example.test/api/organizations';

const linksOf = (header: string): Record<string, URL> =>
  Object.fromEntries(
    [...header.matchAll(/<([^>]+)>; rel="(\w+)"/g)].map(([, url = '', rel = '']) => [rel, new URL(url)]),
  );
const pagesOf = (page: number, pageSize: number, total: number): Record<string, number> =>
  Object.fromEntries(
    Object.entries(linksOf(pageLinks(ADDRESS, '', { page, pageSize, total }))).map(([rel, url]) => [
      rel,
      Number(url.searchParams.get('page')),
    ]),
  );

describe('page links', () => {
  it.each([
    ['an empty list', 1, 20, 0, { first: 1, last: 1 }],
    ['the only page', 1, 20, 20, { first: 1, last: 1 }],
    ['the first of two', 1, 20, 21, { first: 1, next: 2, last: 2 }],
    ['a page in the middle', 2, 100, 250, { first: 1, prev: 1, next: 3, last: 3 }],
    ['the last page', 3, 100, 250, { first: 1, prev: 2, last: 3 }],
    ['a page past the end', 9, 100, 250, { first: 1, prev: 3, last: 3 }],
  ])('are right for %s', (_what, page, pageSize, total, expected) => {
    expect(pagesOf(page, pageSize, total)).toEqual(expected);
  });

  it('keep all other parameters, including repeated ones', () => {
    const query = 'q=a%20%26%20b%2C%3C%3E&other=1&other=2&page=2&page_size=5&empty=';
    const { next } = linksOf(pageLinks(ADDRESS, query, { page: 2, pageSize: 5, total: 100 }));
    expect([...(next?.searchParams ?? [])]).toEqual([
      ['q', 'a & b,<>'],
      ['other', '1'],
      ['other', '2'],
      ['page', '3'],
      ['page_size', '5'],
      ['empty', ''],
    ]);
  });

  it('include the page size even if the caller omitted it', () => {
    const { next } = linksOf(pageLinks(ADDRESS, 'q=x', { page: 1, pageSize: 20, total: 100 }));
    expect(next?.href).toBe(`${ADDRESS}?q=x&page=2&page_size=20`);
  });

  it('escape everything in the query', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const params = new URLSearchParams({ q: text });
        const header = pageLinks(ADDRESS, params.toString(), { page: 1, pageSize: 1, total: 2 });
        expect(header).toMatch(/^[\x21-\x7e ]*$/);
        expect(Object.values(linksOf(header)).map((url) => url.searchParams.get('q'))).toEqual(
          Array(3).fill(params.get('q')),
        );
      }),
    );
  });

  it('lead through every page exactly once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 100 }), (total, pageSize) => {
        const seen = [];
        for (let page: number | undefined = 1; page !== undefined; page = pagesOf(page, pageSize, total)['next'])
          seen.push(page);
        expect(seen).toEqual(Array.from({ length: Math.max(1, Math.ceil(total / pageSize)) }, (_, index) => index + 1));
      }),
    );
  });
});
