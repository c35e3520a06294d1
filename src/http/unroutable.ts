import type { Request } from 'express';
import { Problem } from './problem.js';

interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

const methodsAt = (request: Request): string[] => {
  const { stack } = request.app.router as unknown as { readonly stack: readonly Layer[] };
  const routes = stack.filter((layer) => layer.route !== undefined && layer.match(request.path));
  const methods = new Set(
    routes.flatMap(({ route }) => Object.keys(route?.methods ?? {})).map((name) => name.toUpperCase()),
  );
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].toSorted();
};

/** Why no route took a request: there is nothing there (404), or nothing that knows the method (405). */
export const unroutable = (request: Request): Problem => {
  const methods = methodsAt(request);
  if (methods.length === 0)
    return new Problem(
      'no-such-route',
      'No operation has this path. Paths are case-sensitive and have no trailing slash; see /docs.',
    );
  const allow = methods.join(', ');
  return new Problem('method-not-allowed', `This address knows ${allow}.`, { headers: { Allow: allow } });
};
