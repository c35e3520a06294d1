/**
 * Runs in the browser, so it stands alone: Swagger UI gets its text. Logto reads `resource` from the token request's
 * form, where Swagger UI cannot put it. It arrives here as a query parameter and is moved.
 */
export const moveResourceToForm = <T extends { url: string; body?: unknown }>(request: T): T => {
  const url = new URL(request.url, 'http://relative');
  const resource = url.searchParams.get('resource');
  if (url.pathname.endsWith('/token') && resource && typeof request.body === 'string') {
    url.searchParams.delete('resource');
    request.body += `&resource=${encodeURIComponent(resource)}`;
    request.url = url.href;
  }
  return request;
};
