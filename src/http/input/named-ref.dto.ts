import { ApiProperty, ApiSchema } from '@nestjs/swagger';

/** Id and name: the short form of roles and scopes within other resources. */
@ApiSchema({ name: 'NamedRef' })
export class NamedRefDto {
  @ApiProperty({ description: 'Id.', example: 'rolemember00000000000' })
  id: string;

  @ApiProperty({ description: 'Name.', example: 'member' })
  name: string;
}

/** Reduces a resource to its reference. */
export const named = ({ id, name }: NamedRefDto): NamedRefDto => ({ id, name });
