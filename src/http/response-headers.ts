interface DocumentedHeader {
  readonly description: string;
  readonly schema: { readonly type: 'string' | 'integer'; readonly example: string | number };
}

const header = (description: string, type: 'string' | 'integer', example: string | number): DocumentedHeader => ({
  description,
  schema: { type, example },
});

/** What every successful read carries. */
export const READ_HEADERS: Readonly<Record<string, DocumentedHeader>> = {
  ETag: header(
    'Strong validator; send it as `If-None-Match` to get 304 while nothing has changed.',
    'string',
    '"tC2tLPCJtxPkHEbyVHl3y0pKSgA"',
  ),
  Age: header('Seconds since Logto said so.', 'integer', 0),
  'Cache-Status': header("How the gateway's cache took part (RFC 9211).", 'string', 'org-gateway; hit; ttl=12'),
};

/** What a page of a list carries besides. */
export const TOTAL_HEADERS: Readonly<Record<string, DocumentedHeader>> = {
  'Total-Number': header('How many there are on all pages.', 'integer', 250),
  Link: header(
    '`first`, `prev`, `next` and `last` page (RFC 8288), with all other parameters kept.',
    'string',
    '<http://localhost:3000/api/organizations/fernweh00000/users?page=2&page_size=20>; rel="next"',
  ),
};

/** Where what was made can be read. */
export const LOCATION_HEADER: Readonly<Record<string, DocumentedHeader>> = {
  Location: header('Address of what was made.', 'string', 'http://localhost:3000/api/organizations/fernweh00000'),
};

/** Whether an aggregate has all its parts. */
export const AGGREGATE_HEADER: Readonly<Record<string, DocumentedHeader>> = {
  'X-Aggregate-Complete': header('`false` when a part is missing; see `meta`.', 'string', 'true'),
};

/** What every answer to a known caller carries, unless there is no limit. */
export const LIMIT_HEADERS: Readonly<Record<string, DocumentedHeader>> = {
  'RateLimit-Policy': header(
    'How many requests (`q`) a caller has in a window of how many seconds (`w`).',
    'string',
    '"default";q=10000;w=10',
  ),
  RateLimit: header(
    'How many of them are left (`r`), and in how many seconds there are new ones (`t`).',
    'string',
    '"default";r=9999;t=10',
  ),
};

export const RETRY_HEADER: Readonly<Record<string, DocumentedHeader>> = {
  'Retry-After': header('Seconds to wait before sending the request again.', 'integer', 5),
};
