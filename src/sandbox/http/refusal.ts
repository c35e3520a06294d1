import { json, type SandboxAnswer } from './exchange.js';
import { messageOf } from './messages.js';

interface RefusalOptions {
  /** The values of the placeholders in the message. */
  readonly values?: Readonly<Record<string, string>>;
  readonly data?: unknown;
  readonly details?: string;
}

/** An error response. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    private readonly options: RefusalOptions = {},
  ) {
    super(code);
  }

  /** The format of nearly all of Logto's errors; `acceptLanguage` affects the message, but not the code. */
  answer(acceptLanguage?: string): SandboxAnswer {
    const { values = {}, data, details } = this.options;
    const message = messageOf(this.code, values, acceptLanguage);
    return json(this.status, { code: this.code, data, details, message });
  }
}

/** Logto's other error format: only a message, for invalid JSON and for internal errors. */
export class BareRefusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }

  answer(): SandboxAnswer {
    return json(this.status, { message: this.message });
  }
}

export const notFound = () => new Refusal(404, 'entity.not_found');
export const nothingToUpdate = () => new Refusal(422, 'entity.invalid_input');
export const unknownReference = () => new Refusal(422, 'entity.relation_foreign_key_not_found');
export const constraintViolated = () => new Refusal(422, 'entity.db_constraint_violated');
export const notUnique = () => new Refusal(422, 'entity.unique_integrity_violation');
export const notAMember = () => new Refusal(422, 'organization.require_membership');
export const notExists = (name: string) => new Refusal(404, 'entity.not_exists', { values: { name } });
export const notExistsWithId = (name: string, id: string) =>
  new Refusal(404, 'entity.not_exists_with_id', { values: { name, id } });
export const valueTooLong = () =>
  new Refusal(422, 'entity.value_too_long', { data: { message: 'value too long for type character varying(21)' } });
/** Among others, Logto's response to a NUL character, which PostgreSQL refuses. */
export const internalError = () => new BareRefusal(500, 'Internal server error.');
