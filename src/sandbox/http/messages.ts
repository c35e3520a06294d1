const english: Record<string, string> = {
  'application.secret_name_exists': 'Secret name already exists.',
  'auth.authorization_header_missing': 'Authorization header is missing.',
  'auth.authorization_token_type_not_supported': 'Authorization type is not supported.',
  'auth.forbidden': 'Forbidden. Please check your user roles and permissions.',
  'auth.unauthorized': 'Unauthorized. Please check credentials and its scope.',
  'entity.db_constraint_violated': 'Database constraint violated.',
  'entity.invalid_input': 'Invalid input. Value list must not be empty.',
  'entity.not_exists': 'The {{name}} does not exist.',
  'entity.not_exists_with_id': 'The {{name}} with ID `{{id}}` does not exist.',
  'entity.not_found': 'The resource does not exist.',
  'entity.relation_foreign_key_not_found':
    'Cannot find one or more foreign keys. Please check the input and ensure that all referenced entities exist.',
  'entity.unique_integrity_violation': 'The entity already exists. Please check the input and try again.',
  'entity.value_too_long': 'The length of value is too long and exceeds the limit.',
  'guard.invalid_input': 'The request {{part}} is invalid.',
  'guard.invalid_pagination': 'The request pagination value is invalid.',
  'oidc.access_denied': 'Access denied.',
  'oidc.invalid_grant': 'Grant request is invalid.',
  'oidc.invalid_request': 'Request is invalid.',
  'oidc.invalid_target': 'Invalid resource indicator.',
  'oidc.invalid_token': 'Invalid token provided.',
  'oidc.unsupported_grant_type': 'Unsupported `grant_type` requested.',
  'organization.require_membership': 'The user must be a member of the organization to proceed.',
  'organization.role_names_not_found':
    'Invalid role names detected: {{names}}. Please create these roles first before proceeding.',
  'request.invalid_input': 'Input is invalid. {{details}}',
  'resource.resource_identifier_in_use': 'The API identifier {{indicator}} is already in use.',
  'role.name_in_use': 'This role name {{name}} is already in use.',
  'scope.name_exists': 'The scope name {{name}} is already in use.',
  'user.email_already_in_use': 'This email is associated with an existing account.',
  'user.phone_already_in_use': 'This phone number is associated with an existing account.',
  'user.username_already_in_use': 'This username is already in use.',
};

// Logto has 18 languages. Two messages in one of them are enough to detect a gateway that forwards Accept-Language.
const german: Record<string, string> = {
  'entity.not_exists_with_id': '{{name}} mit ID `{{id}}` existiert nicht.',
  'auth.authorization_header_missing': 'Autorisierungs-Header fehlt.',
};

const germanOidc = 'Ein OIDC Fehler ist aufgetreten: {{code}}.';
const englishOidc = 'An OIDC error occurred: {{code}}.';

/** Logto's message for an error code, in the caller's preferred language. */
export function messageOf(code: string, values: Readonly<Record<string, string>>, acceptLanguage = ''): string {
  const inGerman = /^\s*de\b/i.test(acceptLanguage);
  const fallback = code.startsWith('oidc.') ? (inGerman ? germanOidc : englishOidc) : code;
  const template = (inGerman ? german[code] : undefined) ?? english[code] ?? fallback;
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => (name === 'code' ? code : (values[name] ?? '')));
}
