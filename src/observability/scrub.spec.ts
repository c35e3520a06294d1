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
  ])('removes %s', (_what, line, clean) => {
    expect(scrub(line)).toBe(clean);
  });

  it.each([
    '{"path":"/api/organizations/fernweh00000/users","status":200}',
    'eyJ is no token',
    '@nestjs/core failed',
    'bearer',
  ])('does not change %s', (line) => {
    expect(scrub(line)).toBe(line);
  });

  it('takes linear time', () => {
    // Any caller can have a long path logged. A pattern with quadratic time takes sixteen times as long for the longer line.
    const cost = (length: number): number => {
      const lines = ['a', 'eyJ', 'eyJa.', 'a@', 'a%', '-'].map((unit) => unit.repeat(length / unit.length));
      // CPU time does not depend on other processes.
      const tries = [1, 2, 3, 4, 5].map(() => {
        const before = process.cpuUsage();
        lines.forEach(scrub);
        const { user, system } = process.cpuUsage(before);
        return user + system;
      });
      return Math.min(...tries);
    };
    expect(cost(32_000) / cost(8000)).toBeLessThan(8);
  });
});
