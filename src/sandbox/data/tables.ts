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

/** The audience of Logto's Management API. It is an identifier, the same for all self-hosted instances. */
export const MANAGEMENT_API = 'https://default.logto.app/api';

/** All data of the sandbox, by id. */
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

  /** Organization role → organization scopes; organization role → resource scopes. */
  readonly roleScopes = new Relation();
  readonly roleResourceScopes = new Relation();
  /** Tenant role → resource scopes; user or application → tenant roles. */
  readonly tenantRoleScopes = new Relation();
  readonly tenantRoles = new Relation();

  private readonly members = new Map<string, Membership>();
  private readonly machines = new Map<string, Membership>();
  /** User ids by `field:value` of user names, e-mail addresses and phone numbers. */
  readonly identifiers = new Map<string, string>();

  /** Users of an organization; none for an unknown one. */
  membersOf(organizationId: string): Membership {
    return this.membership(this.members, organizationId);
  }

  /** Applications of an organization. */
  machinesOf(organizationId: string): Membership {
    return this.membership(this.machines, organizationId);
  }

  removeOrganization(id: string): boolean {
    this.members.delete(id);
    this.machines.delete(id);
    return this.organizations.delete(id);
  }

  removeUser(id: string): void {
    for (const members of this.members.values()) members.remove(id);
    this.tenantRoles.removeAll(id);
    this.passwords.delete(id);
    for (const [identifier, owner] of this.identifiers) if (owner === id) this.identifiers.delete(identifier);
    this.users.delete(id);
  }

  removeApplication(id: string): void {
    for (const machines of this.machines.values()) machines.remove(id);
    this.tenantRoles.removeAll(id);
    this.secrets.delete(id);
    this.applications.delete(id);
  }

  removeOrganizationRole(id: string): boolean {
    for (const table of [this.members, this.machines])
      for (const membership of table.values()) membership.removeRoleEverywhere(id);
    this.roleScopes.removeAll(id);
    this.roleResourceScopes.removeAll(id);
    return this.organizationRoles.delete(id);
  }

  removeResourceScope(id: string): boolean {
    this.roleResourceScopes.removeAll(id);
    this.tenantRoleScopes.removeAll(id);
    return this.resourceScopes.delete(id);
  }

  private membership(table: Map<string, Membership>, organizationId: string): Membership {
    const found = table.get(organizationId) ?? new Membership();
    if (this.organizations.has(organizationId)) table.set(organizationId, found);
    return found;
  }
}
