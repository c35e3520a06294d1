const SCHEME_AND_HOST = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

/**
 * Reduces a request target to path and query. Proxies may send an absolute URL (RFC 9112, 3.2.2), and some clients send the
 * fragment.
 */
export function originForm(target: string): string {
  const own = target.startsWith('/') ? target : target.replace(SCHEME_AND_HOST, '');
  const end = own.indexOf('#');
  const text = end < 0 ? own : own.slice(0, end);
  return text.startsWith('?') || text === '' ? `/${text}` : text;
}

/** Whether a path is this prefix or below it. */
export const isBelow = (path: string, prefix: string): boolean =>
  path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/');
