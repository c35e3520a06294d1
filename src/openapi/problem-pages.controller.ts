import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { ANYONE } from '../access/permissions.js';
import { Operation } from '../http/operation/operation.js';
import { Problem } from '../http/problems/problem.js';
import { PROBLEMS, type ProblemKind } from '../http/problems/problems.js';

const isKind = (kind: string): kind is ProblemKind => Object.hasOwn(PROBLEMS, kind);

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const code = (text: string): string => escape(text).replaceAll(/`([^`]*)`/g, '<code>$1</code>');

const page = (kind: ProblemKind): string => {
  const { status, title, codes, advice } = PROBLEMS[kind];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escape(title)}</title>
<h1>${status} ${escape(title)}</h1>
<p>${code(advice)}</p>
<p>Values of <code>code</code>: ${codes.map((value) => `<code>${escape(value)}</code>`).join(', ')}</p>
</html>
`;
};

/** Serves the pages that the `type` of problems refers to. */
@ApiExcludeController()
@Controller('problems')
export class ProblemPagesController {
  @Get(':kind')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Operation({
    id: 'getProblemPage',
    summary: 'Explain a kind of problem',
    access: ANYONE,
    produces: 'text/html',
    answer: { status: 200, description: 'The page.' },
  })
  show(@Param('kind') kind: string): string {
    if (!isKind(kind))
      throw new Problem(
        'not-found',
        `There is no such kind of problem; the kinds are ${Object.keys(PROBLEMS).join(', ')}.`,
        { code: 'problem.not_found' },
      );
    return page(kind);
  }
}
