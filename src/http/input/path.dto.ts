import { ApiProperty } from '@nestjs/swagger';
import { IsId } from './validators.js';

export class OrganizationPath {
  @ApiProperty({ description: 'Id of the organization.', example: 'fernweh00000' })
  @IsId()
  id: string;
}

export class MemberPath extends OrganizationPath {
  @ApiProperty({ description: 'Id of the user.', example: 'dmitri000000' })
  @IsId()
  userId: string;
}

export class MemberRolePath extends MemberPath {
  @ApiProperty({ description: 'Id of the organization role.', example: 'rolemember00000000000' })
  @IsId()
  roleId: string;
}
