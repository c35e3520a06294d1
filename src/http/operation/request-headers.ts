/** A request header in the documentation. */
export interface DocumentedRequestHeader {
  readonly name: string;
  readonly description: string;
  readonly example: string;
}

export const IF_MATCH: readonly DocumentedRequestHeader[] = [
  {
    name: 'If-Match',
    description:
      'The ETag that the organization must still have, or `*` for any. Otherwise 412, and nothing is changed.',
    example: '*',
  },
];

export const IDEMPOTENCY_KEY: DocumentedRequestHeader = {
  name: 'Idempotency-Key',
  description:
    'A key of your choice, 1 to 255 visible ASCII characters. The first response is stored for 24 hours and replayed, with `Idempotent-Replayed: true`, whenever the same request is sent with the same key.',
  example: '7d0f5f0e-52c5-4a7f-9d0f-6d2f4c1f8f0a',
};
