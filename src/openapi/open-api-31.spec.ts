import type { OpenAPIObject } from '@nestjs/swagger';
import { separateBodies } from './bodies.js';
import { toOpenApi31 } from './open-api-31.js';
import { tidyParameters } from './parameters.js';

const convert = (schema: object): unknown => toOpenApi31({ schema } as unknown as OpenAPIObject);
const documentWith = (operation: object): OpenAPIObject =>
  ({ paths: { '/x': { get: { responses: {}, ...operation } } } }) as unknown as OpenAPIObject;

describe('the document in the terms of OpenAPI 3.1', () => {
  it.each([
    ['a text', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
    [
      'one of several values',
      { type: 'string', enum: ['a'], nullable: true },
      { type: ['string', 'null'], enum: ['a', null] },
    ],
    [
      'another schema',
      { allOf: [{ $ref: '#/x' }], nullable: true, description: 'd' },
      { description: 'd', anyOf: [{ allOf: [{ $ref: '#/x' }] }, { type: 'null' }] },
    ],
    ['what is never null', { type: 'string', nullable: false }, { type: 'string' }],
    ['what says nothing of null', { type: 'string' }, { type: 'string' }],
    [
      'a field inside',
      { properties: { a: { type: 'object', nullable: true, properties: { b: { type: 'integer', nullable: true } } } } },
      { properties: { a: { type: ['object', 'null'], properties: { b: { type: ['integer', 'null'] } } } } },
    ],
  ])('says in its own way that null is possible for %s', (_what, schema, expected) => {
    expect(convert(schema)).toEqual({ schema: expected });
  });

  it('leaves examples as they are', () => {
    const schema = { type: 'object', example: { nullable: true, type: 'string' }, default: { nullable: true } };
    expect(convert(schema)).toEqual({ schema });
  });

  it('documents a header once, as we did and not as Nest found it', () => {
    const own = { name: 'If-Match', in: 'header', description: 'ours', schema: {} };
    const found = { name: 'if-match', in: 'header', required: true, schema: {} };
    const alone = { name: 'x-other', in: 'header', required: true, schema: {} };
    const document = tidyParameters(documentWith({ parameters: [found, own, alone] }));
    expect(document.paths['/x']?.get?.parameters).toEqual([own, alone]);
  });

  it('separates lists in a query by commas, and nothing else', () => {
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

  it('leaves a body of one media type alone', () => {
    const requestBody = { content: { one: { schema: { anyOf: [{ $ref: 'a' }, { $ref: 'b' }] } } } };
    const document = separateBodies(documentWith({ requestBody: structuredClone(requestBody) }));
    expect(document.paths['/x']?.get?.requestBody).toEqual(requestBody);
  });
});
