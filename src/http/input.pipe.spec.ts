import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AddMembersDto } from '../members/members.dto.js';
import { CreateOrganizationDto } from '../organizations/organization.dto.js';
import { AssignRolesToMembersDto } from '../roles/assign-roles.dto.js';
import { InputPipe } from './input.pipe.js';
import { PagingDto } from './paging.dto.js';
import type { InputFault, Problem } from './problem.js';

const pipe = new InputPipe();

type Kind = 'body' | 'query' | 'param';
/** As Express hands it over: out of JSON, or out of a query. */
const judge = async (
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
  (await judge('body', metatype, JSON.parse(json))).errors.map(({ pointer, code }) => [pointer, code]);

describe('input pipe', () => {
  it('gives an instance of the class with what was sent', async () => {
    const { value } = await judge('body', CreateOrganizationDto, { name: 'Acme', customData: { a: { b: [1] } } });
    expect(value).toBeInstanceOf(CreateOrganizationDto);
    expect({ ...(value as object) }).toEqual({ name: 'Acme', customData: { a: { b: [1] } } });
  });

  it('names every fault at once, with pointers into the body', async () => {
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

  it('names each wrong item of a list', async () => {
    expect(await bodyFaults(AddMembersDto, '{"userIds":["a",5,"b","",null,["c"]]}')).toEqual(
      [1, 3, 4, 5].map((index) => [`/userIds/${index}`, 'invalid_item']),
    );
  });

  it('points at exactly the wrong items of any list', async () => {
    const items = fc.array(fc.oneof(fc.stringMatching(/^\w+$/), fc.constantFrom('', null, 0, true), fc.constant({})), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(items, async (userIds) => {
        const wrong = userIds.flatMap((item, index) =>
          typeof item === 'string' && item !== '' ? [] : [`/userIds/${index}`],
        );
        expect((await judge('body', AddMembersDto, { userIds })).errors.map(({ pointer }) => pointer)).toEqual(wrong);
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
    expect((await judge('body', metatype, value)).errors).toMatchObject([
      { in: 'body', pointer, detail: expect.stringMatching(detail) },
    ]);
  });

  it('does not name one place twice', async () => {
    expect(await bodyFaults(CreateOrganizationDto, '{"name":"a\\u0000","n\\u0000":1}')).toEqual([
      ['/name', 'nul_character'],
      ['/n\0', 'forbidden_name'],
    ]);
  });

  it.each(['constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__', 'then', 'length'])(
    'refuses %s by name where it is no field',
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
        const { errors } = await judge('body', CreateOrganizationDto, { name: 'x', [name]: value });
        expect(errors.length).toBeGreaterThan(0);
        expect(
          errors.every(({ pointer }) => pointer.startsWith(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)),
        ).toBe(true);
      }),
    );
  });

  it('hands free-form JSON on as it came', async () => {
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
        const { value } = await judge('body', CreateOrganizationDto, {
          name: 'x',
          customData: JSON.parse(sent) as unknown,
        });
        expect(JSON.stringify((value as CreateOrganizationDto).customData)).toBe(sent);
      }),
    );
  });

  it.each(['constructor', 'prototype'])('hands free-form JSON on that has a field called %s', async (name) => {
    const { value, errors } = await judge('body', CreateOrganizationDto, {
      name: 'x',
      customData: { [name]: 'Smith & Sons', deep: { [name]: 1 } },
    });
    expect(errors).toEqual([]);
    expect(JSON.stringify(value)).toBe(
      JSON.stringify({ name: 'x', customData: { [name]: 'Smith & Sons', deep: { [name]: 1 } } }),
    );
  });

  it('counts length as Logto does, in UTF-16 units', async () => {
    expect(await bodyFaults(CreateOrganizationDto, JSON.stringify({ name: '😀'.repeat(64) }))).toEqual([]);
    expect(await bodyFaults(CreateOrganizationDto, JSON.stringify({ name: '😀'.repeat(64) + 'x' }))).toEqual([
      ['/name', 'length'],
    ]);
  });

  it.each(['[]', '[{"name":"x"}]'])('does not take the list %s for a body', async (json) => {
    expect(await bodyFaults(CreateOrganizationDto, json)).toEqual([['', 'is_object']]);
  });

  it('ignores unknown query parameters', async () => {
    expect((await judge('query', PagingDto, { page: '2', other: 'x', PAGE: '7' })).value).toEqual({ page: 2 });
  });

  it('takes whole decimal numbers within the bounds for pages, and nothing else', async () => {
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
        const right =
          typeof value === 'string' && /^\d{1,15}$/.test(value) && Number(value) >= 1 && Number(value) <= bounds[name];
        const { value: read, errors, code } = await judge('query', PagingDto, { [name]: value });
        if (right) expect(read).toEqual({ [name]: Number(value) });
        else {
          expect(errors).toMatchObject([{ in: 'query', pointer: `/${name}` }]);
          expect(code).toBe('guard.invalid_pagination');
        }
      }),
    );
  });
});
