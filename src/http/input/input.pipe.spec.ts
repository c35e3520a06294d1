import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AddMembersDto } from '../../members/members.dto.js';
import { CreateOrganizationDto } from '../../organizations/organization.dto.js';
import { AssignRolesToMembersDto } from '../../roles/assign-roles.dto.js';
import { InputPipe } from './input.pipe.js';
import { PagingDto } from './paging.dto.js';
import type { InputFault, Problem } from '../problems/problem.js';

const pipe = new InputPipe();

type Kind = 'body' | 'query' | 'param';
/** Values are as Express parses them from JSON or a query. */
const validate = async (
  type: Kind,
  metatype: new () => object,
  value: unknown,
): Promise<{ value?: unknown; errors: InputFault[]; code?: string }> => {
  try {
    return { value: await pipe.transform(value, { type, metatype, data: undefined }), errors: [] };
  } catch (error) {
    const { options, code } = error as Problem;
    return { errors: [...(options.errors ?? [])], code };
  }
};
const bodyFaults = async (metatype: new () => object, json: string) =>
  (await validate('body', metatype, JSON.parse(json))).errors.map(({ pointer, code }) => [pointer, code]);

describe('the input pipe', () => {
  it('returns an instance of the class with the values sent', async () => {
    const { value } = await validate('body', CreateOrganizationDto, { name: 'Acme', customData: { a: { b: [1] } } });
    expect(value).toBeInstanceOf(CreateOrganizationDto);
    expect({ ...(value as object) }).toEqual({ name: 'Acme', customData: { a: { b: [1] } } });
  });

  it('reports every fault at once, with pointers into the body', async () => {
    const json =
      '{"name":"","description":5,"customData":[],"isMfaRequired":"yes","color":{"primaryColor":"red","shade":1},"branding":{"logoUrl":"x"},"extra":1}';
    expect((await bodyFaults(CreateOrganizationDto, json)).toSorted()).toEqual([
      ['/branding/logoUrl', 'is_url'],
      ['/color/primaryColor', 'matches'],
      ['/color/shade', 'unknown_field'],
      ['/customData', 'is_object'],
      ['/description', 'length'],
      ['/extra', 'unknown_field'],
      ['/isMfaRequired', 'is_boolean'],
      ['/name', 'length'],
    ]);
  });

  it('reports each invalid item of a list', async () => {
    expect(await bodyFaults(AddMembersDto, '{"userIds":["a",5,"b","",null,["c"]]}')).toEqual(
      [1, 3, 4, 5].map((index) => [`/userIds/${index}`, 'invalid_item']),
    );
  });

  it('points at exactly the invalid items of any list', async () => {
    const items = fc.array(fc.oneof(fc.stringMatching(/^\w+$/), fc.constantFrom('', null, 0, true), fc.constant({})), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(items, async (userIds) => {
        const wrong = userIds.flatMap((item, index) =>
          typeof item === 'string' && item !== '' ? [] : [`/userIds/${index}`],
        );
        expect((await validate('body', AddMembersDto, { userIds })).errors.map(({ pointer }) => pointer)).toEqual(
          wrong,
        );
      }),
    );
  });

  it.each([
    ['1,001 ids', AddMembersDto, { userIds: Array(1001).fill('u') }, '/userIds', /1000/],
    [
      '501 rows',
      AssignRolesToMembersDto,
      { userIds: Array(167).fill('u'), organizationRoleIds: ['a', 'b', 'c'] },
      '/organizationRoleIds',
      /500/,
    ],
    ['none', AddMembersDto, { userIds: [] }, '/userIds', /at least 1 item\b/],
  ])('names the limit for %s', async (_what, metatype, value, pointer, detail) => {
    expect((await validate('body', metatype, value)).errors).toMatchObject([
      { in: 'body', pointer, detail: expect.stringMatching(detail) },
    ]);
  });

  it('reports each place once', async () => {
    expect(await bodyFaults(CreateOrganizationDto, '{"name":"a\\u0000","n\\u0000":1}')).toEqual([
      ['/name', 'nul_character'],
      ['/n\0', 'forbidden_name'],
    ]);
  });

  it.each(['constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__', 'then', 'length'])(
    'refuses the unknown field %s by name',
    async (name) => {
      expect(await bodyFaults(CreateOrganizationDto, JSON.stringify({ name: 'x', [name]: 'y' }))).toEqual([
        [`/${name}`, 'unknown_field'],
      ]);
    },
  );

  it('refuses any unknown field by name', async () => {
    const known = ['name', 'description', 'customData', 'isMfaRequired', 'color', 'branding', 'customCss', '__proto__'];
    const names = fc.string().filter((name) => !known.includes(name) && !name.includes('\0'));
    await fc.assert(
      fc.asyncProperty(names, fc.jsonValue(), async (name, value) => {
        const { errors } = await validate('body', CreateOrganizationDto, { name: 'x', [name]: value });
        expect(errors.length).toBeGreaterThan(0);
        expect(
          errors.every(({ pointer }) => pointer.startsWith(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)),
        ).toBe(true);
      }),
    );
  });

  it('passes free-form JSON through unchanged', async () => {
    const text = fc.string().filter((key) => key !== '__proto__' && !key.includes('\0'));
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        text,
        fc.double({ noDefaultInfinity: true, noNaN: true }),
        fc.constant(null),
        fc.array(tie('value')),
        fc.dictionary(text, tie('value')),
      ),
    })).value;
    await fc.assert(
      fc.asyncProperty(fc.dictionary(text, json), async (customData) => {
        const sent = JSON.stringify(customData);
        const { value } = await validate('body', CreateOrganizationDto, {
          name: 'x',
          customData: JSON.parse(sent) as unknown,
        });
        expect(JSON.stringify((value as CreateOrganizationDto).customData)).toBe(sent);
      }),
    );
  });

  it.each(['constructor', 'prototype'])('passes free-form JSON through with a field named %s', async (name) => {
    const { value, errors } = await validate('body', CreateOrganizationDto, {
      name: 'x',
      customData: { [name]: 'Smith & Sons', deep: { [name]: 1 } },
    });
    expect(errors).toEqual([]);
    expect(JSON.stringify(value)).toBe(
      JSON.stringify({ name: 'x', customData: { [name]: 'Smith & Sons', deep: { [name]: 1 } } }),
    );
  });

  it('counts length in UTF-16 units, as Logto does', async () => {
    expect(await bodyFaults(CreateOrganizationDto, JSON.stringify({ name: '😀'.repeat(64) }))).toEqual([]);
    expect(await bodyFaults(CreateOrganizationDto, JSON.stringify({ name: '😀'.repeat(64) + 'x' }))).toEqual([
      ['/name', 'length'],
    ]);
  });

  it.each(['[]', '[{"name":"x"}]'])('refuses the list %s as a body', async (json) => {
    expect(await bodyFaults(CreateOrganizationDto, json)).toEqual([['', 'is_object']]);
  });

  it('ignores unknown query parameters', async () => {
    expect((await validate('query', PagingDto, { page: '2', other: 'x', PAGE: '7' })).value).toEqual({ page: 2 });
  });

  it('accepts only whole decimal numbers within the bounds for pages', async () => {
    const bounds = { page: 2 ** 31 - 1, page_size: 100 } as const;
    const spelling = fc.oneof(
      fc.integer({ min: -5, max: 120 }).map(String),
      fc.string(),
      fc.constantFrom(
        '',
        '1.5',
        '1.0',
        '1e1',
        '0x2',
        '0b1',
        '0o7',
        ' 1',
        '1 ',
        '+2',
        '-0',
        'NaN',
        'Infinity',
        '١',
        '1_0',
        '2147483647',
        '2147483648',
        '9'.repeat(30),
        '007',
      ),
      fc.constant(['1', '2']),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('page', 'page_size'), spelling, async (name, value) => {
        const isValid =
          typeof value === 'string' && /^\d{1,15}$/.test(value) && Number(value) >= 1 && Number(value) <= bounds[name];
        const { value: read, errors, code } = await validate('query', PagingDto, { [name]: value });
        if (isValid) expect(read).toEqual({ [name]: Number(value) });
        else {
          expect(errors).toMatchObject([{ in: 'query', pointer: `/${name}` }]);
          expect(code).toBe('guard.invalid_pagination');
        }
      }),
    );
  });
});
