import { describe, expect, it } from '@jest/globals';
import { Payload } from './payload.js';

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
