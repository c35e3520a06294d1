import type { Organization } from '../data/rows.js';
import { Tables } from '../data/tables.js';
import { clients, roleId, seedAccess } from './access.js';
import { FOUNDED, seedColleagues, seedGuides } from './people.js';

/** The organization with many members. */
const TRAVEL_MEMBERS = 250;

const organizations = {
  travel: {
    id: 'fernweh00000',
    name: 'Fernweh Travel',
    description: 'Walking tours, and the guides who lead them',
    customData: { plan: 'enterprise', seats: 300, region: 'eu-central' },
    color: { primaryColor: '#0b6e4f', isDarkModeEnabled: true, darkPrimaryColor: '#5ec9a2' },
    branding: {
      logoUrl: 'https://cdn.example.test/fernweh/logo.png',
      darkLogoUrl: 'https://cdn.example.test/fernweh/logo-dark.png',
    },
  },
  studio: {
    id: 'studio000000',
    name: 'Fernweh Studio',
    description: 'Photographs and films',
    customData: { plan: 'team', seats: 20 },
    color: { primaryColor: '#c8553d' },
  },
  books: { id: 'quietbooks00', name: 'Quiet Books', isMfaRequired: true, customData: { plan: 'team' } },
  empty: { id: 'nobodyyet000', name: 'Harbour Logistics (being set up)' },
} as const satisfies Record<string, Partial<Organization> & { id: string; name: string }>;

/** Varies the roles, so that members have several, one or none. */
function rolesAt(index: number): string[] {
  if (index < 2) return ['owner'];
  if (index % 10 === 2) return index % 20 === 2 ? ['admin', 'member'] : ['admin'];
  if (index % 11 === 10) return [];
  return index % 7 === 6 ? ['guest'] : ['member'];
}

function fill(tables: Tables, organizationId: string, userIds: readonly string[]): void {
  const members = tables.membersOf(organizationId);
  members.add(userIds);
  userIds.forEach((userId, index) => members.setRoles(userId, rolesAt(index).map(roleId)));
}

/** Tables with a small, plausible company, the same at each start. */
export function seedCompany(audience: string): Tables {
  const tables = new Tables();
  seedAccess(tables, audience);
  Object.values(organizations).forEach(({ id, name, ...organization }, index) => {
    tables.organizations.set(id, {
      tenantId: 'default',
      id,
      name,
      description: null,
      customData: {},
      isMfaRequired: false,
      color: {},
      branding: {},
      customCss: null,
      createdAt: FOUNDED + index * 1000,
      ...organization,
    });
  });
  const colleagues = seedColleagues(tables);
  const guides = seedGuides(tables, TRAVEL_MEMBERS - colleagues.length + 4);
  fill(tables, organizations.travel.id, [...colleagues.slice(0, -4), ...guides]);
  fill(tables, organizations.studio.id, colleagues.slice(2, 14));
  fill(tables, organizations.books.id, colleagues.slice(20));
  tables.machinesOf(organizations.travel.id).add([clients.service.id]);
  tables.machinesOf(organizations.travel.id).setRoles(clients.service.id, [roleId('robot')]);
  return tables;
}

/** Seeded ids for demos and tests, named by what is special about them. */
export const demo = {
  /** The organization with 250 members. */
  organization: organizations.travel.id,
  organizations: {
    travel: organizations.travel.id,
    studio: organizations.studio.id,
    books: organizations.books.id,
    empty: organizations.empty.id,
  },
  /** In `organization`, `several` has two roles and `roleless` none; `outsider` is not a member. */
  users: {
    owner: 'ada000000000',
    several: 'chiara000000',
    member: 'dmitri000000',
    guest: 'greta0000000',
    suspended: 'hugo00000000',
    roleless: 'keiko0000000',
    outsider: 'wanda0000000',
  },
  roles: {
    owner: roleId('owner'),
    admin: roleId('admin'),
    member: roleId('member'),
    guest: roleId('guest'),
    robot: roleId('robot'),
  },
  clients,
} as const;
