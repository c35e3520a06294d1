/**
 * Moves `resource` of Swagger UI's token request from the query to the form, where Logto expects it and Swagger UI cannot
 * put it. Swagger UI gets the source of this function and runs it in the browser, so it must not use anything outside.
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
