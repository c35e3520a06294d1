/** Omits undefined parameters and keeps the order of the others: equal reads need equal paths, which are cache keys. */
export const withQuery = (path: string, query: Readonly<Record<string, string | number | undefined>>): string => {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.append(name, String(value));
  return params.size > 0 ? `${path}?${params}` : path;
};
