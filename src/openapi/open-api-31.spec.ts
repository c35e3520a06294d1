import type { OpenAPIObject } from '@nestjs/swagger';
import { separateBodies } from './bodies.js';
import { toOpenApi31 } from './open-api-31.js';
import { tidyParameters } from './parameters.js';

const convert = (schema: object): unknown => toOpenApi31({ schema } as unknown as OpenAPIObject);
const documentWith = (operation: object): OpenAPIObject =>
  ({ paths: { '/x': { get: { responses: {}, ...operation } } } }) as unknown as OpenAPIObject;

describe('the conversion to OpenAPI 3.1', () => {
  it.each([
    ['a string', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
    ['an enum', { type: 'string', enum: ['a'], nullable: true }, { type: ['string', 'null'], enum: ['a', null] }],
    [
      'another schema',
      { allOf: [{ $ref: '#/x' }], nullable: true, description: 'd' },
      { description: 'd', anyOf: [{ allOf: [{ $ref: '#/x' }] }, { type: 'null' }] },
    ],
    ['nullable: false', { type: 'string', nullable: false }, { type: 'string' }],
    ['a schema without nullable', { type: 'string' }, { type: 'string' }],
    [
      'a nested field',
      { properties: { a: { type: 'object', nullable: true, properties: { b: { type: 'integer', nullable: true } } } } },
      { properties: { a: { type: ['object', 'null'], properties: { b: { type: ['integer', 'null'] } } } } },
    ],
  ])('replaces nullable in %s', (_what, schema, expected) => {
    expect(convert(schema)).toEqual({ schema: expected });
  });

  it('does not change examples', () => {
    const schema = { type: 'object', example: { nullable: true, type: 'string' }, default: { nullable: true } };
    expect(convert(schema)).toEqual({ schema });
  });

  it('prefers our own documentation of a header to the one Nest detects', () => {
    const own = { name: 'If-Match', in: 'header', description: 'ours', schema: {} };
    const detected = { name: 'if-match', in: 'header', required: true, schema: {} };
    const other = { name: 'x-other', in: 'header', required: true, schema: {} };
    const document = tidyParameters(documentWith({ parameters: [detected, own, other] }));
    expect(document.paths['/x']?.get?.parameters).toEqual([own, other]);
  });

  it('documents lists in a query as comma-separated', () => {
    const list = { name: 'include', in: 'query', schema: { type: 'array', items: {} } };
    const text = { name: 'q', in: 'query', schema: { type: 'string' } };
    const document = tidyParameters(documentWith({ parameters: [list, text] }));
    expect(document.paths['/x']?.get?.parameters).toEqual([{ ...list, style: 'form', explode: false }, text]);
  });

  it('gives each media type of a body its own schema', () => {
    const both = () => ({ schema: { anyOf: [{ $ref: 'a' }, { $ref: 'b' }] } });
    const document = separateBodies(documentWith({ requestBody: { content: { one: both(), two: both() } } }));
    expect(document.paths['/x']?.get?.requestBody).toEqual({
      content: { one: { schema: { $ref: 'a' } }, two: { schema: { $ref: 'b' } } },
    });
  });

  it('does not change a body with one media type', () => {
    const requestBody = { content: { one: { schema: { anyOf: [{ $ref: 'a' }, { $ref: 'b' }] } } } };
    const document = separateBodies(documentWith({ requestBody: structuredClone(requestBody) }));
    expect(document.paths['/x']?.get?.requestBody).toEqual(requestBody);
  });
});
