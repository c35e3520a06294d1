import { text, type SandboxAnswer } from './exchange.js';

/** A route and its handler. `:name` matches one segment of the path. */
export interface Route<H> {
  readonly method: string;
  readonly path: string;
  readonly handle: H;
}

interface Match<H> {
  readonly route: Route<H>;
  readonly params: Readonly<Record<string, string>>;
}

/** Logto accepts an invalid percent-encoding, and uses the raw text as the id. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

const UNKNOWN_METHODS = new Set(['TRACE', 'PROPFIND', 'CONNECT']);

/** Matches routes like Koa: case-insensitive, with an optional trailing slash, 405 with Allow, 404 as plain text. */
export class Router<H> {
  private readonly routes: readonly { readonly route: Route<H>; readonly pattern: RegExp }[];

  constructor(routes: readonly Route<H>[]) {
    this.routes = routes.map((route) => ({
      route,
      pattern: new RegExp(`^${route.path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}/?$`, 'i'),
    }));
  }

  /** The matching route, or an error response. */
  find(method: string, path: string): Match<H> | SandboxAnswer {
    const allowed = new Set<string>();
    for (const { route, pattern } of this.routes) {
      const found = pattern.exec(path);
      if (!found) continue;
      if (route.method === 'GET') allowed.add('HEAD');
      allowed.add(route.method);
      if (route.method === method || (method === 'HEAD' && route.method === 'GET')) {
        const params = Object.entries(found.groups ?? {}).map(([name, value]) => [name, decoded(value)]);
        return { route, params: Object.fromEntries(params) };
      }
    }
    if (allowed.size === 0) return text(404, 'Not Found');
    const allow = [...allowed].join(', ');
    if (method === 'OPTIONS') return text(200, '', { allow });
    return UNKNOWN_METHODS.has(method)
      ? text(501, 'Not Implemented', { allow })
      : text(405, 'Method Not Allowed', { allow });
  }
}
