import { Problem } from '../../http/problems/problem.js';

/**
 * The problem of a request without a route: its path is unknown (404), or its method is (405).
 * @param methods the methods of its path
 */
export const notFoundOr405 = (methods: readonly string[]): Problem => {
  if (methods.length === 0)
    return new Problem(
      'no-such-route',
      'No operation has this path. Paths are case-sensitive and have no trailing slash; see /docs.',
    );
  const allow = methods.join(', ');
  return new Problem('method-not-allowed', `This address knows ${allow}.`, { headers: { Allow: allow } });
};
