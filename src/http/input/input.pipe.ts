import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ArgumentMetadata, Injectable, type PipeTransform, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { requestContext } from '../../core/request-context.js';
import { restorePassThrough } from './pass-through.js';
import { fastPathInstance } from './fast-path.js';
import { faultsOf, forbiddenContent, inheritedNames, TOO_DEEP } from './input-faults.js';
import { type InputFault, invalidInput } from '../problems/problem.js';

class Invalid extends Error {
  constructor(readonly errors: ValidationError[]) {
    super('validation failed');
  }
}

const common = {
  whitelist: true,
  transform: true,
  stopAtFirstError: true,
  validationError: { value: true, target: false },
  exceptionFactory: (errors: ValidationError[]) => new Invalid(errors),
} as const;

/** Unknown fields of a body are refused. Logto drops them, which loses data on a typo. */
const body = new ValidationPipe({ ...common, forbidNonWhitelisted: true });
/** Unknown query parameters are ignored. */
const address = new ValidationPipe(common);

const placeOf = (type: ArgumentMetadata['type']): InputFault['in'] =>
  type === 'param' ? 'path' : type === 'query' ? 'query' : 'body';

/**
 * Validates a handler's argument against its DTO class, and reports all faults of the request at once. Nest validates each
 * argument separately and stops at the first failure, so faults are collected in the request context.
 */
@Injectable()
export class InputPipe implements PipeTransform {
  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'custom') return value;
    const instance = fastPathInstance(value, metadata);
    if (instance) return instance;
    const { faults, result } = await this.#validate(value, metadata);
    if (faults.length === 0) return result;
    const collected = requestContext()?.faults ?? [];
    collected.push(...faults);
    // All arguments are validated concurrently within the microtask queue, so all are done in the next turn of the event loop.
    await nextTurn();
    throw invalidInput(collected);
  }

  async #validate(value: unknown, metadata: ArgumentMetadata): Promise<{ faults: InputFault[]; result?: unknown }> {
    const place = placeOf(metadata.type);
    if (place === 'body' && Array.isArray(value))
      return { faults: [{ in: place, pointer: '', code: 'is_object', detail: 'the body must be a JSON object' }] };
    const forbidden = [...forbiddenContent(value, place), ...(place === 'body' ? inheritedNames(value) : [])];
    if (forbidden.some(({ code }) => code === TOO_DEEP)) return { faults: forbidden };
    try {
      const metatype = requestContext()?.bodyClass ?? metadata.metatype;
      if (place !== 'body') return { faults: forbidden, result: await address.transform(value, metadata) };
      // Nest strips names from its argument, so it gets a clone: the original is needed to restore them.
      const result: unknown = await body.transform(structuredClone(value), { ...metadata, metatype });
      restorePassThrough(result, value);
      return { faults: forbidden, result };
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      const known = new Set(forbidden.map(({ pointer }) => pointer));
      return { faults: [...forbidden, ...faultsOf(error.errors, place).filter(({ pointer }) => !known.has(pointer))] };
    }
  }
}
