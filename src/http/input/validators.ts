import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, ArrayMinSize, IsArray, Matches, ValidateBy, ValidateIf } from 'class-validator';

/** The syntax of an id in a path. */
export const ID = /^[A-Za-z0-9_-]{1,128}$/;
const ID_RULE = 'must be an id: 1 to 128 characters of A-Z, a-z, 0-9, _ and -';

const ID_FIELDS = Symbol('ID_FIELDS');

/** The id fields of a class and its parents. */
export const idFieldsOf = (prototype: object): readonly string[] =>
  (Reflect.getMetadata(ID_FIELDS, prototype) as readonly string[] | undefined) ?? [];

/** An id under the gateway's rules: in a path, or in the body of an operation that Logto does not have. */
export const IsId = (): PropertyDecorator => (prototype, key) => {
  Reflect.defineMetadata(ID_FIELDS, [...idFieldsOf(prototype), String(key)], prototype);
  Matches(ID, { message: ID_RULE })(prototype, key);
};

/** The property may be absent; unlike with `IsOptional`, null is validated. */
export const IfPresent = (): PropertyDecorator => ValidateIf((_object, value) => value !== undefined);

/** The property may be null. */
export const OrNull = (): PropertyDecorator => ValidateIf((_object, value) => value !== null);

/** Length in UTF-16 units, as Logto counts it: an emoji has two. */
export const HasLength = (min: number, max: number): PropertyDecorator =>
  ValidateBy({
    name: 'length',
    validator: {
      validate: (value) => typeof value === 'string' && value.length >= min && value.length <= max,
      defaultMessage: () => `must be a string of ${min} to ${max} UTF-16 units`,
    },
  });

export const IsPlainObject = (): PropertyDecorator =>
  ValidateBy({
    name: 'isObject',
    validator: {
      validate: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      defaultMessage: () => 'must be an object',
    },
  });

export const IsAbsoluteUrl = (): PropertyDecorator =>
  ValidateBy({
    name: 'isUrl',
    validator: {
      validate: (value) => typeof value === 'string' && URL.canParse(value),
      defaultMessage: () => 'must be an absolute URL',
    },
  });

/** Lets the error report find the invalid items of a list; class-validator only says that there are some. */
export interface ItemTest {
  readonly isValid: (item: unknown) => boolean;
}

/** Only the first fault is reported: the type is checked before the size, and the size before the items. */
const IsList = (
  { min, max }: { readonly min: number; readonly max: number },
  rule: string,
  message: string,
  isValid: (item: unknown) => boolean,
): PropertyDecorator =>
  applyDecorators(
    IsArray({ message: 'must be a list of strings' }),
    ArrayMinSize(min, { message: `must have at least ${min} item${min === 1 ? '' : 's'}` }),
    ArrayMaxSize(max, { message: `must have at most ${max} items` }),
    ValidateBy(
      { name: rule, validator: { validate: isValid, defaultMessage: () => message } },
      { each: true, context: { isValid } satisfies ItemTest },
    ),
  );

/** A list of non-empty strings: ids or names, under Logto's rules. */
export const IsTextList = (size: { readonly min: number; readonly max: number }): PropertyDecorator =>
  IsList(size, 'isText', 'must be a non-empty string', (item) => typeof item === 'string' && item !== '');

/** A list of ids, for operations that Logto does not have. */
export const IsIdList = (size: { readonly min: number; readonly max: number }): PropertyDecorator =>
  IsList(size, 'isId', ID_RULE, (item) => typeof item === 'string' && ID.test(item));
