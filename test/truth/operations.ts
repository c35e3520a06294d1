import fc from 'fast-check';

export const REPLICAS = 3;
/** Those that clients read and write all the time. */
export const BUSY_ORGANIZATIONS = 16;
/** Those that are looked at now and then. */
export const QUIET_ORGANIZATIONS = 32;

/** What of an organization is written, each with versions of its own. */
export type Part = 'description' | 'members';

/** What is read: the organization, the organization with roles, its members. */
export type View = 'organization' | 'overview' | 'members';

interface At {
  readonly organization: number;
  readonly replica: number;
}

export type Operation = At &
  (
    | { readonly kind: 'read'; readonly view: View }
    /** `end` says what becomes of it at Logto. */
    | { readonly kind: 'write'; readonly part: Part; readonly end: 'done' | 'lost before' | 'lost after' | 'failed' }
    /** A change at Logto past the gateway, and the webhook that tells of it. */
    | { readonly kind: 'behind the back'; readonly part: Part }
    /** The next answer of Logto is true when it is sent, and arrives so much later. */
    | { readonly kind: 'slow fill'; readonly part: Part; readonly forMs: number }
  );

const part = fc.constantFrom<Part>('description', 'description', 'members');
const view = fc.constantFrom<View>('organization', 'organization', 'overview', 'members');
const end = fc.oneof(
  { weight: 12, arbitrary: fc.constant('done' as const) },
  { weight: 1, arbitrary: fc.constantFrom('lost before' as const, 'lost after' as const, 'failed' as const) },
);

/** Any operation on one of so many organizations. */
export const operation = (organizations: number): fc.Arbitrary<Operation> => {
  const at = { organization: fc.nat({ max: organizations - 1 }), replica: fc.nat({ max: REPLICAS - 1 }) };
  return fc.oneof(
    { weight: 78, arbitrary: fc.record({ kind: fc.constant('read' as const), view, ...at }) },
    { weight: 14, arbitrary: fc.record({ kind: fc.constant('write' as const), part, end, ...at }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('behind the back' as const), part, ...at }) },
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('slow fill' as const), part, forMs: fc.nat({ max: 60 }), ...at }),
    },
  );
};
