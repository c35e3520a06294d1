import type { PageInfo } from './representation.js';

/**
 * `Link` of a page of a list: first, prev, next and last. All other query parameters are kept.
 * @param url the list's absolute URL without query
 * @param query the query as the caller sent it
 */
export function pageLinks(url: string, query: string, { page, pageSize, total }: PageInfo): string {
  const last = Math.max(1, Math.ceil(total / pageSize));
  const link = (rel: string, target: number): string => {
    const params = new URLSearchParams(query);
    params.set('page', String(target));
    params.set('page_size', String(pageSize));
    return `<${url}?${params}>; rel="${rel}"`;
  };
  return [
    link('first', 1),
    // Beyond the end, the previous page is the last one that exists.
    ...(page > 1 ? [link('prev', Math.min(page - 1, last))] : []),
    ...(page < last ? [link('next', page + 1)] : []),
    link('last', last),
  ].join(', ');
}
