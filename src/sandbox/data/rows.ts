/** The rows of Logto's tables as its API returns them; nearly all have `tenantId`. */
interface TenantRow {
  readonly tenantId: 'default';
  readonly id: string;
}

export type RoleType = 'User' | 'MachineToMachine';

export interface Organization extends TenantRow {
  readonly name: string;
  readonly description: string | null;
  readonly customData: Record<string, unknown>;
  readonly isMfaRequired: boolean;
  readonly color: Record<string, unknown>;
  readonly branding: Record<string, unknown>;
  readonly customCss: string | null;
  readonly createdAt: number;
}

export interface User {
  readonly id: string;
  readonly username: string | null;
  readonly primaryEmail: string | null;
  readonly primaryPhone: string | null;
  readonly name: string | null;
  readonly avatar: string | null;
  readonly customData: Record<string, unknown>;
  readonly identities: Record<string, unknown>;
  readonly lastSignInAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly profile: Record<string, unknown>;
  readonly applicationId: string | null;
  readonly cimdClientId: string | null;
  readonly isSuspended: boolean;
}

/** A role within organizations. */
export interface OrganizationRole extends TenantRow {
  readonly name: string;
  readonly description: string | null;
  readonly type: RoleType;
}

export interface OrganizationScope extends TenantRow {
  readonly name: string;
  readonly description: string | null;
}

/** An API for which tokens are issued. */
export interface Resource extends TenantRow {
  readonly name: string;
  readonly indicator: string;
  readonly isDefault: boolean;
  readonly accessTokenTtl: number;
}

export interface ResourceScope extends TenantRow {
  readonly resourceId: string;
  readonly name: string;
  readonly description: string | null;
  readonly createdAt: number;
}

/** A role for the whole tenant, for users or for applications. */
export interface TenantRole extends TenantRow {
  readonly name: string;
  readonly description: string;
  readonly type: RoleType;
  readonly isDefault: boolean;
}

export type ApplicationType = 'Native' | 'SPA' | 'Traditional' | 'MachineToMachine';

export interface Application extends TenantRow {
  readonly name: string;
  readonly description: string | null;
  readonly type: ApplicationType;
  readonly oidcClientMetadata: Record<string, unknown>;
  readonly customClientMetadata: Record<string, unknown>;
  readonly protectedAppMetadata: null;
  readonly customData: Record<string, unknown>;
  readonly isThirdParty: boolean;
  readonly appLevelAccessControlEnabled: boolean;
  readonly createdAt: number;
}

export interface ApplicationSecret {
  readonly tenantId: 'default';
  readonly applicationId: string;
  readonly name: string;
  readonly value: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
}

export interface SubjectToken {
  readonly userId: string;
  readonly expiresAt: number;
  used: boolean;
}

export interface Hook extends TenantRow {
  readonly name: string;
  readonly event: null;
  readonly events: readonly string[];
  readonly config: { readonly url: string; readonly headers?: Record<string, unknown> | undefined };
  readonly signingKey: string;
  readonly enabled: boolean;
  readonly createdAt: number;
}
