import type { PageOf } from './representation.js';

/**
 * `Link` of a page of a list: first, prev, next, last, with every other query parameter kept.
 * @param address the list's absolute address without query
 * @param query the query as the caller sent it
 */
export function pageLinks(address: string, query: string, { page, pageSize, total }: PageOf): string {
  const last = Math.max(1, Math.ceil(total / pageSize));
  const link = (rel: string, target: number): string => {
    const params = new URLSearchParams(query);
    params.set('page', String(target));
    params.set('page_size', String(pageSize));
    return `<${address}?${params}>; rel="${rel}"`;
  };
  return [
    link('first', 1),
    // Past the end, the page before is the last one there is.
    ...(page > 1 ? [link('prev', Math.min(page - 1, last))] : []),
    ...(page < last ? [link('next', page + 1)] : []),
    link('last', last),
  ].join(', ');
}
