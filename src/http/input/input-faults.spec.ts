import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { forbiddenContent } from './input-faults.js';

/** The value a JSON pointer refers to (RFC 6901). */
const resolve = (document: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], document);

const faultsIn = (json: string) =>
  forbiddenContent(JSON.parse(json), 'body').map(({ pointer, code }) => [pointer, code]);

describe('forbidden content', () => {
  it('is found at any place, and all of it', () => {
    const json =
      '{"name":"a\\u0000b","customData":{"ok":[1,null,{"deep":"\\u0000"}],"__proto__":{"a":1},"constructor":{"prototype":{}},"n\\u0000":1}}';
    expect(faultsIn(json)).toEqual([
      ['/name', 'nul_character'],
      ['/customData/ok/2/deep', 'nul_character'],
      ['/customData/__proto__', 'forbidden_name'],
      ['/customData/constructor', 'forbidden_name'],
      ['/customData/n\0', 'forbidden_name'],
    ]);
  });

  it.each([
    '{"constructor":"Smith & Sons"}',
    '{"constructor":{"since":1990}}',
    '{"prototype":{"model":"T"}}',
    '{"proto":1}',
    '{"a":[true,1.5,null]}',
  ])('is not found in %s', (json) => {
    expect(faultsIn(json)).toEqual([]);
  });

  it('is reported with pointers that resolve to it', () => {
    const text = fc.oneof(fc.constantFrom('', '/', '~', '~1', 'a/b', '0', '\0', 'x\0y'), fc.string());
    const { document } = fc.letrec((tie) => ({
      document: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.integer(),
        fc.constant(null),
        fc.array(tie('document')),
        fc.dictionary(text, tie('document')),
      ),
    }));
    fc.assert(
      fc.property(document, (value) => {
        for (const { pointer, code } of forbiddenContent(value, 'body')) {
          const key = pointer.slice(pointer.lastIndexOf('/') + 1);
          const culprit = code === 'nul_character' ? resolve(value, pointer) : key;
          expect(culprit === '__proto__' || String(culprit).includes('\0')).toBe(true);
        }
        const clean = !JSON.stringify(value).includes('\\u0000');
        const faults = forbiddenContent(value, 'body').filter(({ detail }) => detail.includes('NUL'));
        expect(faults.length === 0).toBe(clean);
      }),
    );
  });

  it('is searched for without a stack overflow in deeply nested values', () => {
    const deep = '{"a":'.repeat(100_000) + '"\\u0000"' + '}'.repeat(100_000);
    expect(() => forbiddenContent(JSON.parse(deep), 'body')).not.toThrow();
  });
});
