import { describe, expect, it } from '@jest/globals';
import { scrub } from './scrub.js';

describe('scrub', () => {
  it.each([
    ['a token', 'said eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJ4In0.c2ln-nature_ to me', 'said [token] to me'],
    ['a bearer credential', '{"authorization":"Bearer abc.def-~+/=="}', '{"authorization":"Bearer [credential]"}'],
    ['a basic credential', 'Basic Z2F0ZXdheTpzZWNyZXQ= was sent', 'Basic [credential] was sent'],
    ['an e-mail address', 'no user ada.lovelace+x@fernweh.example.test here', 'no user [e-mail] here'],
    ['an encoded e-mail address', '/api/x?q=ada%40fernweh.example.test&page=1', '/api/x?q=[e-mail]&page=1'],
    ['several of them', 'a@b.cd, e@f.gh', '[e-mail], [e-mail]'],
  ])('takes %s out', (_what, line, clean) => {
    expect(scrub(line)).toBe(clean);
  });

  it.each([
    '{"path":"/api/organizations/fernweh00000/users","status":200}',
    'eyJ is no token',
    '@nestjs/core failed',
    'bearer',
  ])('leaves %s as it is', (line) => {
    expect(scrub(line)).toBe(line);
  });

  it('takes no longer than the line deserves', () => {
    // As long as a path can be: anyone may have it written into the log. A pattern that starts anew at each character
    // needs ten times as long as this allows on an idle machine.
    const lines = ['a', 'eyJ', 'eyJa.', 'a@', 'a%', '-'].map((unit) => unit.repeat(15_000 / unit.length));
    const tries = [1, 2, 3].map(() => {
      const startedAt = performance.now();
      lines.forEach(scrub);
      return performance.now() - startedAt;
    });
    expect(Math.min(...tries)).toBeLessThan(250);
  });
});
