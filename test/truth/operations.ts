import fc from 'fast-check';

export const REPLICAS = 3;
/** Organizations that clients read and write all the time. */
export const BUSY_ORGANIZATIONS = 16;
/** Organizations that are used only around a fault. */
export const QUIET_ORGANIZATIONS = 32;

/** The parts of an organization that are written. Each has its own versions. */
export type Part = 'description' | 'members';

/** What is read: the organization, its overview, or its members. */
export type View = 'organization' | 'overview' | 'members';

interface Target {
  readonly organization: number;
  readonly replica: number;
}

interface Change {
  readonly part: Part;
  /** The view that clients read after the change. */
  readonly shownBy: Exclude<View, 'members'>;
}

export type Operation = Target &
  (
    | { readonly kind: 'read'; readonly view: View }
    /** `end` is what happens to it at Logto. */
    | (Change & { readonly kind: 'write'; readonly end: 'done' | 'lost before' | 'lost after' | 'failed' })
    /** A change behind the gateway's back, and its webhook. */
    | (Change & { readonly kind: 'behind the back' })
    /** Logto's next reply has the current state, but arrives late. */
    | { readonly kind: 'slow fill'; readonly part: Part; readonly forMs: number }
  );

const part = fc.constantFrom<Part>('description', 'description', 'members');
const view = fc.constantFrom<View>('organization', 'organization', 'overview', 'members');
const shownBy = fc.constantFrom('organization' as const, 'overview' as const);
const end = fc.oneof(
  { weight: 12, arbitrary: fc.constant('done' as const) },
  { weight: 1, arbitrary: fc.constantFrom('lost before' as const, 'lost after' as const, 'failed' as const) },
);

/** Any operation on one of the first `organizations` organizations. */
export const operation = (organizations: number): fc.Arbitrary<Operation> => {
  const target = { organization: fc.nat({ max: organizations - 1 }), replica: fc.nat({ max: REPLICAS - 1 }) };
  return fc.oneof(
    { weight: 78, arbitrary: fc.record({ kind: fc.constant('read' as const), view, ...target }) },
    { weight: 14, arbitrary: fc.record({ kind: fc.constant('write' as const), part, shownBy, end, ...target }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('behind the back' as const), part, shownBy, ...target }) },
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('slow fill' as const), part, forMs: fc.nat({ max: 60 }), ...target }),
    },
  );
};
