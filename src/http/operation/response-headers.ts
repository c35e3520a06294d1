interface DocumentedHeader {
  readonly description: string;
  readonly schema: { readonly type: 'string' | 'integer'; readonly example: string | number };
}

const header = (description: string, type: 'string' | 'integer', example: string | number): DocumentedHeader => ({
  description,
  schema: { type, example },
});

/** Headers of every successful read. */
export const READ_HEADERS: Readonly<Record<string, DocumentedHeader>> = {
  ETag: header(
    'Strong validator. Send it in `If-None-Match` to get 304 if nothing has changed.',
    'string',
    '"tC2tLPCJtxPkHEbyVHl3y0pKSgA"',
  ),
  Age: header("Seconds since Logto's response.", 'integer', 0),
  'Cache-Status': header(
    "How the gateway's cache handled the request (RFC 9211).",
    'string',
    'org-gateway; hit; ttl=12',
  ),
};

/** Additional headers of a page of a list. */
export const TOTAL_HEADERS: Readonly<Record<string, DocumentedHeader>> = {
  'Total-Number': header('Number of items on all pages together.', 'integer', 250),
  Link: header(
    'Links to the `first`, `prev`, `next` and `last` page (RFC 8288), with all other parameters kept.',
    'string',
    '<http://localhost:3000/api/organizations/fernweh00000/users?page=2&page_size=20>; rel="next"',
  ),
};

/** The header of a creation. */
export const LOCATION_HEADER: Readonly<Record<string, DocumentedHeader>> = {
  Location: header('URL of the created resource.', 'string', 'http://localhost:3000/api/organizations/fernweh00000'),
};

/** The header of an aggregate. */
export const AGGREGATE_HEADER: Readonly<Record<string, DocumentedHeader>> = {
  'X-Aggregate-Complete': header('`false` if a part is missing; see `meta`.', 'string', 'true'),
};

/** Headers of every response to an authenticated caller, unless there is no rate limit. */
export const LIMIT_HEADERS: Readonly<Record<string, DocumentedHeader>> = {
  'RateLimit-Policy': header(
    'The quota: how many requests (`q`) a caller may send per window of `w` seconds.',
    'string',
    '"default";q=10000;w=10',
  ),
  RateLimit: header(
    'How many requests are left (`r`), and in how many seconds the window ends (`t`).',
    'string',
    '"default";r=9999;t=10',
  ),
};

export const RETRY_HEADER: Readonly<Record<string, DocumentedHeader>> = {
  'Retry-After': header('Seconds to wait before sending the request again.', 'integer', 5),
};
