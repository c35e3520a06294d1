import { Membership } from './membership.js';
import { Relation } from './relation.js';
import type {
  Application,
  ApplicationSecret,
  Hook,
  Organization,
  OrganizationRole,
  OrganizationScope,
  Resource,
  ResourceScope,
  SubjectToken,
  TenantRole,
  User,
} from './rows.js';

/** The audience of Logto's own API: an identifier, the same for everyone who hosts Logto himself. */
export const MANAGEMENT_API = 'https://default.logto.app/api';

/** Everything the look-alike knows, by id. */
export class Tables {
  readonly organizations = new Map<string, Organization>();
  readonly users = new Map<string, User>();
  readonly passwords = new Set<string>();
  readonly organizationRoles = new Map<string, OrganizationRole>();
  readonly organizationScopes = new Map<string, OrganizationScope>();
  readonly resources = new Map<string, Resource>();
  readonly resourceScopes = new Map<string, ResourceScope>();
  readonly roles = new Map<string, TenantRole>();
  readonly applications = new Map<string, Application>();
  readonly secrets = new Map<string, ApplicationSecret[]>();
  readonly subjectTokens = new Map<string, SubjectToken>();
  readonly hooks = new Map<string, Hook>();

  /** Organization role → organization scopes, organization role → scopes of resources. */
  readonly roleScopes = new Relation();
  readonly roleResourceScopes = new Relation();
  /** Role of the tenant → scopes of resources; user or application → roles of the tenant. */
  readonly tenantRoleScopes = new Relation();
  readonly tenantRoles = new Relation();

  private readonly members = new Map<string, Membership>();
  private readonly machines = new Map<string, Membership>();
  /** Usernames, e-mail addresses and phone numbers in use, each with its kind. */
  readonly identifiers = new Map<string, string>();

  /** Users of an organization; of an unknown one nobody. */
  membersOf(organizationId: string): Membership {
    return this.membershipIn(this.members, organizationId);
  }

  /** Applications that joined an organization. */
  machinesOf(organizationId: string): Membership {
    return this.membershipIn(this.machines, organizationId);
  }

  removeOrganization(id: string): boolean {
    this.members.delete(id);
    this.machines.delete(id);
    return this.organizations.delete(id);
  }

  removeUser(id: string): void {
    for (const members of this.members.values()) members.remove(id);
    this.tenantRoles.forget(id);
    this.passwords.delete(id);
    for (const [identifier, owner] of this.identifiers) if (owner === id) this.identifiers.delete(identifier);
    this.users.delete(id);
  }

  removeApplication(id: string): void {
    for (const machines of this.machines.values()) machines.remove(id);
    this.tenantRoles.forget(id);
    this.secrets.delete(id);
    this.applications.delete(id);
  }

  removeOrganizationRole(id: string): boolean {
    for (const table of [this.members, this.machines])
      for (const membership of table.values()) membership.forgetRole(id);
    this.roleScopes.forget(id);
    this.roleResourceScopes.forget(id);
    return this.organizationRoles.delete(id);
  }

  removeResourceScope(id: string): boolean {
    this.roleResourceScopes.forget(id);
    this.tenantRoleScopes.forget(id);
    return this.resourceScopes.delete(id);
  }

  private membershipIn(table: Map<string, Membership>, organizationId: string): Membership {
    const found = table.get(organizationId) ?? new Membership();
    if (this.organizations.has(organizationId)) table.set(organizationId, found);
    return found;
  }
}
