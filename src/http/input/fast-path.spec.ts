import 'reflect-metadata';
import { Matches } from 'class-validator';
import { MemberPath, OrganizationPath } from './path.dto.js';
import { fastPathInstance } from './fast-path.js';
import { IsId } from './validators.js';

class MixedPath {
  @IsId()
  id: string;

  @Matches(/^x/)
  other: string;
}

const validate = (value: unknown, metatype: new () => object, type: 'param' | 'query' | 'body' = 'param') =>
  fastPathInstance(value, { type, metatype });

describe('the fast path', () => {
  it('makes an instance with the ids that the class and its parents declare', () => {
    const path = validate({ id: 'fernweh00000', userId: 'ada', roleId: 'x' }, MemberPath);
    expect(path).toBeInstanceOf(MemberPath);
    expect({ ...path }).toEqual({ id: 'fernweh00000', userId: 'ada' });
  });

  it.each([
    ['an invalid id', { id: 'a/b' }, OrganizationPath],
    ['a missing id', { id: 'a' }, MemberPath],
    ['an id that is not a string', { id: 7 }, OrganizationPath],
    ['a class with other rules', { id: 'a', other: 'xy' }, MixedPath],
    ['a value that is not an object', 'a', OrganizationPath],
  ])('leaves %s to the validator', (_what, value, metatype) => {
    expect(validate(value, metatype)).toBeUndefined();
  });

  it('leaves bodies and queries to the validator', () => {
    expect(validate({ id: 'a' }, OrganizationPath, 'body')).toBeUndefined();
    expect(validate({ id: 'a' }, OrganizationPath, 'query')).toBeUndefined();
  });
});
