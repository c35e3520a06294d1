import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Payload } from './payload.js';

setFlagsFromString('--expose-gc');
const collect = async (): Promise<void> => {
  // A WeakRef that was dereferenced keeps its target alive until the end of the turn.
  await nextTurn();
  (runInNewContext('gc') as () => void)();
};

describe('payload', () => {
  it('parses its bytes once', () => {
    const payload = new Payload(Buffer.from('{"a":1}'));
    expect(payload.json()).toEqual({ a: 1 });
    expect(payload.json()).toBe(payload.json());
  });

  it('does not parse when it was made from a value', () => {
    const value = { a: 1 };
    expect(Payload.of(value).json()).toBe(value);
    expect(Payload.of(value).bytes.toString()).toBe('{"a":1}');
  });

  it('retains the parsed value, unless the payload is large', async () => {
    const lists = [1, 10_000].map((length) => Payload.of(Array.from({ length }, (_, index) => ({ index }))));
    const parsed = lists.map(({ bytes }) => new Payload(bytes));
    const values = parsed.map((payload) => new WeakRef(payload.json<object>()));
    await collect();
    expect(values.map((value) => value.deref() !== undefined)).toEqual([true, false]);
    expect(parsed.map((payload) => payload.json<object[]>().length)).toEqual([1, 10_000]);
    expect(parsed.map(({ isLight }) => isLight)).toEqual([true, false]);
  });

  it('throws on every call when the bytes are not JSON', () => {
    const payload = new Payload(Buffer.from('{'));
    expect(() => payload.json()).toThrow(SyntaxError);
    expect(() => payload.json()).toThrow(SyntaxError);
  });

  it('has equal ETags for equal bytes and different ones for different bytes', () => {
    const tagOf = (text: string) => new Payload(Buffer.from(text)).etag;
    expect(tagOf('[1]')).toBe(tagOf('[1]'));
    expect(tagOf('[1]')).not.toBe(tagOf('[1 ]'));
    expect(tagOf('[1]')).toMatch(/^[\w-]{27}$/);
  });

  it('computes each view once', () => {
    const payload = Payload.of([{ id: 1, secret: 2 }]);
    let made = 0;
    const view = () =>
      payload.view<{ id: number }[]>('public', (list) => {
        made += 1;
        return list.map(({ id }) => ({ id }));
      });
    expect(view().bytes.toString()).toBe('[{"id":1}]');
    expect(view()).toBe(view());
    expect(made).toBe(1);
    expect(payload.bytes.toString()).toContain('secret');
    expect(view().etag).not.toBe(payload.etag);
  });
});
