import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { PROBLEMS } from './problems.js';

@ApiSchema({ name: 'InputFault', description: 'A fault of a request.' })
export class InputFaultDto {
  @ApiProperty({ description: 'Where the fault is.', enum: ['body', 'query', 'path', 'header'], example: 'body' })
  in: 'body' | 'query' | 'path' | 'header';

  @ApiProperty({
    description: 'JSON pointer into the body, or the name of the parameter after a slash.',
    example: '/userIds/0',
  })
  pointer: string;

  @ApiProperty({ description: 'Kind of fault.', example: 'unknown_field' })
  code: string;

  @ApiProperty({ description: 'What is expected, in English.', example: 'roleIds is not a field of this request' })
  detail: string;
}

@ApiSchema({
  name: 'Problem',
  description: 'Every error of this API (RFC 9457), with the `code` and `message` that clients of Logto expect.',
})
export class ProblemDto {
  @ApiProperty({
    description: 'Kind of problem, and the path of a page that explains it.',
    enum: Object.keys(PROBLEMS).map((kind) => `/problems/${kind}`),
    example: '/problems/not-found',
  })
  type: string;

  @ApiProperty({ description: 'The kind in words.', example: 'The resource does not exist' })
  title: string;

  @ApiProperty({ description: 'HTTP status.', type: 'integer', example: 404 })
  status: number;

  @ApiProperty({
    description: 'What happened this time, in English.',
    example: 'The organizations with ID `nosuchorg000` does not exist.',
  })
  detail: string;

  @ApiProperty({ description: 'Path of the request.', example: '/api/organizations/nosuchorg000' })
  instance: string;

  @ApiProperty({
    description: "Stable code for programs. Logto's own code for errors of the caller.",
    example: 'entity.not_exists_with_id',
  })
  code: string;

  @ApiProperty({
    description: 'The same as `detail`.',
    example: 'The organizations with ID `nosuchorg000` does not exist.',
  })
  message: string;

  @ApiProperty({
    description: 'The `X-Request-Id` of this request; the log has more under it.',
    example: '2f1c6b1e-8f4a-4f0b-9a53-1f6e1d0c9b7a',
  })
  requestId: string;

  @ApiPropertyOptional({ description: 'Everything wrong with the request, for 400.', type: [InputFaultDto] })
  errors?: InputFaultDto[];

  @ApiPropertyOptional({
    description: 'State of each component of the gateway by name; at `/health/ready` only.',
    type: 'object',
    additionalProperties: { type: 'object', additionalProperties: true },
    example: { logto: { status: 'failing', code: 'upstream.unavailable', ageMs: 12 } },
  })
  details?: Record<string, object>;
}
