import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ArgumentMetadata, Injectable, type PipeTransform, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { requestContext } from '../context/request-context.js';
import { restoreAsTheyCame } from './as-it-came.js';
import { plainlyRight } from './plainly-right.js';
import { faultsOf, forbiddenContent, inheritedNames, TOO_DEEP } from './input-faults.js';
import { type InputFault, invalidInput } from './problem.js';

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

/** Unknown fields of a body are refused by name: dropping them is how Logto loses data on a typo. */
const body = new ValidationPipe({ ...common, forbidNonWhitelisted: true });
/** Unknown query parameters are ignored. */
const address = new ValidationPipe(common);

const placeOf = (type: ArgumentMetadata['type']): InputFault['in'] =>
  type === 'param' ? 'path' : type === 'query' ? 'query' : 'body';

/**
 * Validates one argument of a handler by its DTO class, and reports everything wrong with the request at once: Nest asks
 * for each argument's value by itself and stops at the first that fails, so faults gather in the request's context.
 */
@Injectable()
export class InputPipe implements PipeTransform {
  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'custom') return value;
    const right = plainlyRight(value, metadata);
    if (right) return right;
    const { faults, result } = await this.#judge(value, metadata);
    if (faults.length === 0) return result;
    const gathered = requestContext()?.faults ?? [];
    gathered.push(...faults);
    // Arguments are judged side by side without leaving the microtask queue; one turn later all have been.
    await nextTurn();
    throw invalidInput(gathered);
  }

  async #judge(value: unknown, metadata: ArgumentMetadata): Promise<{ faults: InputFault[]; result?: unknown }> {
    const place = placeOf(metadata.type);
    if (place === 'body' && Array.isArray(value))
      return { faults: [{ in: place, pointer: '', code: 'is_object', detail: 'the body must be a JSON object' }] };
    const forbidden = [...forbiddenContent(value, place), ...(place === 'body' ? inheritedNames(value) : [])];
    if (forbidden.some(({ code }) => code === TOO_DEEP)) return { faults: forbidden };
    try {
      const metatype = requestContext()?.bodyClass ?? metadata.metatype;
      if (place !== 'body') return { faults: forbidden, result: await address.transform(value, metadata) };
      // Nest strips names from what it is given; the clone may lose them, what the caller sent may not.
      const result: unknown = await body.transform(structuredClone(value), { ...metadata, metatype });
      restoreAsTheyCame(result, value);
      return { faults: forbidden, result };
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      const known = new Set(forbidden.map(({ pointer }) => pointer));
      return { faults: [...forbidden, ...faultsOf(error.errors, place).filter(({ pointer }) => !known.has(pointer))] };
    }
  }
}
