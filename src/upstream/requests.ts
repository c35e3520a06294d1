/** Query parameters that are undefined are left out; the order given is kept, so that equal questions have equal paths. */
export const withQuery = (path: string, query: Readonly<Record<string, string | number | undefined>>): string => {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.append(name, String(value));
  return params.size > 0 ? `${path}?${params}` : path;
};
