import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, ArrayMinSize, IsArray, Matches, ValidateBy, ValidateIf } from 'class-validator';

/** What an id in a path may look like. */
export const ID = /^[A-Za-z0-9_-]{1,128}$/;
const ID_RULE = 'must be an id: 1 to 128 of A-Z, a-z, 0-9, _ and -';

const ID_FIELDS = Symbol('ID_FIELDS');

/** The fields of a class that are ids, its parents' too. */
export const idFieldsOf = (prototype: object): readonly string[] =>
  (Reflect.getMetadata(ID_FIELDS, prototype) as readonly string[] | undefined) ?? [];

/** An id where ours is the rule: in a path, or in the body of an operation that only the gateway has. */
export const IsId = (): PropertyDecorator => (prototype, key) => {
  Reflect.defineMetadata(ID_FIELDS, [...idFieldsOf(prototype), String(key)], prototype);
  Matches(ID, { message: ID_RULE })(prototype, key);
};

/** The property may be absent; null counts as present. */
export const IfPresent = (): PropertyDecorator => ValidateIf((_object, value) => value !== undefined);

/** The property may be null. */
export const OrNull = (): PropertyDecorator => ValidateIf((_object, value) => value !== null);

/** Length as Logto counts it, in UTF-16 units: an emoji is two. */
export const HasLength = (min: number, max: number): PropertyDecorator =>
  ValidateBy({
    name: 'length',
    validator: {
      validate: (value) => typeof value === 'string' && value.length >= min && value.length <= max,
      defaultMessage: () => `must be a text of ${min} to ${max} UTF-16 units`,
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

/** Tells the reader of validation errors which items of a list are wrong; class-validator only knows that some are. */
export interface ItemTest {
  readonly isRight: (item: unknown) => boolean;
}

/** The first fault found is the one reported: the list itself is judged before its size, and its size before its items. */
const IsList = (
  { min, max }: { readonly min: number; readonly max: number },
  rule: string,
  message: string,
  isRight: (item: unknown) => boolean,
): PropertyDecorator =>
  applyDecorators(
    IsArray({ message: 'must be a list of texts' }),
    ArrayMinSize(min, { message: `must have at least ${min} item${min === 1 ? '' : 's'}` }),
    ArrayMaxSize(max, { message: `must have at most ${max} items` }),
    ValidateBy(
      { name: rule, validator: { validate: isRight, defaultMessage: () => message } },
      { each: true, context: { isRight } satisfies ItemTest },
    ),
  );

/** A list of non-empty texts: ids or names, as Logto takes them. */
export const IsTextList = (size: { readonly min: number; readonly max: number }): PropertyDecorator =>
  IsList(size, 'isText', 'must be a text that is not empty', (item) => typeof item === 'string' && item !== '');

/** A list of ids, for operations that only the gateway has. */
export const IsIdList = (size: { readonly min: number; readonly max: number }): PropertyDecorator =>
  IsList(size, 'isId', ID_RULE, (item) => typeof item === 'string' && ID.test(item));
