import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Payload } from './payload.js';

setFlagsFromString('--expose-gc');
const collect = async (): Promise<void> => {
  // What was looked at in this turn is held until its end.
  await nextTurn();
  (runInNewContext('gc') as () => void)();
};

describe('payload', () => {
  it('parses once, however many ask', () => {
    const payload = new Payload(Buffer.from('{"a":1}'));
    expect(payload.json()).toEqual({ a: 1 });
    expect(payload.json()).toBe(payload.json());
  });

  it('does not parse what it was made of', () => {
    const value = { a: 1 };
    expect(Payload.of(value).json()).toBe(value);
    expect(Payload.of(value).bytes.toString()).toBe('{"a":1}');
  });

  it('holds what it parsed, unless that is so much that memory is short of it', async () => {
    const lists = [1, 10_000].map((length) => Payload.of(Array.from({ length }, (_, index) => ({ index }))));
    const parsed = lists.map(({ bytes }) => new Payload(bytes));
    const values = parsed.map((payload) => new WeakRef(payload.json<object>()));
    await collect();
    expect(values.map((value) => value.deref() !== undefined)).toEqual([true, false]);
    expect(parsed.map((payload) => payload.json<object[]>().length)).toEqual([1, 10_000]);
    expect(parsed.map(({ isLight }) => isLight)).toEqual([true, false]);
  });

  it('throws for what is no JSON, each time', () => {
    const payload = new Payload(Buffer.from('{'));
    expect(() => payload.json()).toThrow(SyntaxError);
    expect(() => payload.json()).toThrow(SyntaxError);
  });

  it('has one tag for equal bytes and others for other bytes', () => {
    const tagOf = (text: string) => new Payload(Buffer.from(text)).etag;
    expect(tagOf('[1]')).toBe(tagOf('[1]'));
    expect(tagOf('[1]')).not.toBe(tagOf('[1 ]'));
    expect(tagOf('[1]')).toMatch(/^[\w-]{27}$/);
  });

  it('makes each view of itself once', () => {
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
