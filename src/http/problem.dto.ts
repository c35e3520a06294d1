import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { PROBLEMS } from './problems.js';

@ApiSchema({ name: 'InputFault', description: 'One thing wrong with a request.' })
export class InputFaultDto {
  @ApiProperty({ description: 'Where the fault is.', enum: ['body', 'query', 'path', 'header'], example: 'body' })
  in: 'body' | 'query' | 'path' | 'header';

  @ApiProperty({ description: 'JSON pointer into the body, or the parameter behind a slash.', example: '/userIds/0' })
  pointer: string;

  @ApiProperty({ description: 'Kind of fault.', example: 'unknown_field' })
  code: string;

  @ApiProperty({ description: 'What would be right, in English.', example: 'roleIds is not a field of this request' })
  detail: string;
}

@ApiSchema({
  name: 'Problem',
  description: 'Every error of this API (RFC 9457), with the `code` and `message` that clients of Logto read.',
})
export class ProblemDto {
  @ApiProperty({
    description: 'Kind of problem; a page that explains it.',
    enum: Object.keys(PROBLEMS).map((kind) => `/problems/${kind}`),
    example: '/problems/not-found',
  })
  type: string;

  @ApiProperty({ description: 'The kind in words.', example: 'There is no such thing' })
  title: string;

  @ApiProperty({ description: 'HTTP status.', type: 'integer', example: 404 })
  status: number;

  @ApiProperty({
    description: 'What happened this time, in English.',
    example: 'The organizations with ID `nosuchorg000` does not exist.',
  })
  detail: string;

  @ApiProperty({ description: 'Path that was asked for.', example: '/api/organizations/nosuchorg000' })
  instance: string;

  @ApiProperty({
    description: "Stable, for programs. Logto's own code where the fault is the caller's.",
    example: 'entity.not_exists_with_id',
  })
  code: string;

  @ApiProperty({
    description: 'The same as `detail`.',
    example: 'The organizations with ID `nosuchorg000` does not exist.',
  })
  message: string;

  @ApiProperty({
    description: 'The `X-Request-Id` of this exchange; the log knows more under it.',
    example: '2f1c6b1e-8f4a-4f0b-9a53-1f6e1d0c9b7a',
  })
  requestId: string;

  @ApiPropertyOptional({ description: 'Everything wrong with the request, for 400.', type: [InputFaultDto] })
  errors?: InputFaultDto[];

  @ApiPropertyOptional({
    description: 'How the parts of the gateway do, by name, at `/health/ready`.',
    type: 'object',
    additionalProperties: { type: 'object', additionalProperties: true },
    example: { logto: { status: 'failing', code: 'upstream.unavailable', ageMs: 12 } },
  })
  details?: Record<string, object>;
}
