/** The data of the stub: every possible organization exists and has the same 500 members. Replies have Logto's shape and size. */

export const MEMBERS = 500;

const ROLES = [
  { id: 'roleadmin000000000000', name: 'admin' },
  { id: 'roleeditor00000000000', name: 'editor' },
  { id: 'rolemember00000000000', name: 'member' },
] as const;

const FOUNDED = 1_736_154_000_000;

const rolesOf = (index: number) => ROLES.filter((_, role) => role === 2 || index % (25 * (role + 1)) === 0);

const member = (index: number) => ({
  id: `user${String(index).padStart(8, '0')}`,
  username: null,
  primaryEmail: `u${index}@example.test`,
  primaryPhone: null,
  name: `User ${index}`,
  avatar: null,
  customData: {},
  identities: {},
  lastSignInAt: FOUNDED,
  createdAt: FOUNDED,
  updatedAt: FOUNDED,
  profile: {},
  applicationId: null,
  cimdClientId: null,
  isSuspended: false,
  organizationRoles: rolesOf(index),
});

const members = Array.from({ length: MEMBERS }, (_, index) => member(index));

/** A page of the members, as text. */
export const membersPage = (page: number, pageSize: number): string =>
  JSON.stringify(members.slice((page - 1) * pageSize, page * pageSize));

/** The roles of one member, as text. */
export const memberRoles = (userId: string): string => JSON.stringify(rolesOf(Number(userId.slice(4))));

/** An organization, as text. */
export const organization = (id: string): string =>
  JSON.stringify({
    tenantId: 'default',
    id,
    name: 'Fernweh Travel',
    description: 'Guided tours off the beaten track, in eleven countries.',
    customData: { plan: 'enterprise', region: 'eu-central', seats: MEMBERS },
    isMfaRequired: false,
    color: { primaryColor: '#0b6e4f', isDarkModeEnabled: false },
    branding: { logoUrl: 'https://cdn.example.test/fernweh/logo.png' },
    customCss: null,
    createdAt: FOUNDED,
  });

/** The catalogue of organization roles, as text. */
export const catalogue = JSON.stringify(
  ROLES.map(({ id, name }) => ({
    tenantId: 'default',
    id,
    name,
    description: `What a ${name} may do.`,
    type: 'User',
    scopes: [
      { id: 'scopereadmembers00000', name: 'read:members' },
      { id: 'scopereadroles0000000', name: 'read:roles' },
    ],
    resourceScopes: [],
  })),
);
