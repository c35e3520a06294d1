import { ApiProperty, ApiSchema } from '@nestjs/swagger';

/** A name and the id behind it: how roles and scopes are shown where they are not the subject. */
@ApiSchema({ name: 'NamedRef' })
export class NamedRefDto {
  @ApiProperty({ description: 'Id.', example: 'rolemember00000000000' })
  id: string;

  @ApiProperty({ description: 'Name.', example: 'member' })
  name: string;
}

/** The reference out of anything that has more to it. */
export const named = ({ id, name }: NamedRefDto): NamedRefDto => ({ id, name });
