import 'reflect-metadata';
import { Matches } from 'class-validator';
import { MemberPath, OrganizationPath } from './path.dto.js';
import { plainlyRight } from './plainly-right.js';
import { IsId } from './validators.js';

class MixedPath {
  @IsId()
  id: string;

  @Matches(/^x/)
  other: string;
}

const judge = (value: unknown, metatype: new () => object, type: 'param' | 'query' | 'body' = 'param') =>
  plainlyRight(value, { type, metatype });

describe('a path that is plainly right', () => {
  it('becomes an instance of its class with the ids it declares, its parents’ too', () => {
    const path = judge({ id: 'fernweh00000', userId: 'ada', roleId: 'x' }, MemberPath);
    expect(path).toBeInstanceOf(MemberPath);
    expect({ ...path }).toEqual({ id: 'fernweh00000', userId: 'ada' });
  });

  it.each([
    ['an id that is none', { id: 'a/b' }, OrganizationPath],
    ['an id that is missing', { id: 'a' }, MemberPath],
    ['an id that is no text', { id: 7 }, OrganizationPath],
    ['a class that has other rules besides', { id: 'a', other: 'xy' }, MixedPath],
    ['no object', 'a', OrganizationPath],
  ])('is not what has %s: that is for the validator to judge', (_what, value, metatype) => {
    expect(judge(value, metatype)).toBeUndefined();
  });

  it('is a path: a body or a query that looks like one is validated', () => {
    expect(judge({ id: 'a' }, OrganizationPath, 'body')).toBeUndefined();
    expect(judge({ id: 'a' }, OrganizationPath, 'query')).toBeUndefined();
  });
});
