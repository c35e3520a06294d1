import { json, type SandboxAnswer } from './exchange.js';
import { messageOf } from './messages.js';

interface Particulars {
  /** What the sentence of this code has to name. */
  readonly values?: Readonly<Record<string, string>>;
  readonly data?: unknown;
  readonly details?: string;
}

/** An answer from 400 on, thrown by whoever finds the reason for it. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    private readonly particulars: Particulars = {},
  ) {
    super(code);
  }

  /** The shape nearly all of Logto's errors have; `acceptLanguage` decides about the message, never about the code. */
  answer(acceptLanguage?: string): SandboxAnswer {
    const { values = {}, data, details } = this.particulars;
    const message = messageOf(this.code, values, acceptLanguage);
    return json(this.status, { code: this.code, data, details, message });
  }
}

/** Logto's second error shape: a message alone, for broken JSON and for its own failures. */
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
/** What PostgreSQL makes of a NUL character, and Logto of PostgreSQL's complaint. */
export const internalError = () => new BareRefusal(500, 'Internal server error.');
