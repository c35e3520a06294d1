import { Controller, Delete, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { OPERATORS } from '../access/permissions.js';
import { Operation } from '../http/operation.js';
import { PurgeDto } from './purge.dto.js';
import { WriteLog } from './write-log.js';

@ApiTags('Operations')
@Controller('internal/cache')
export class PurgeController {
  constructor(private readonly writeLog: WriteLog) {}

  @Delete()
  @Operation({
    id: 'purgeCache',
    summary: 'Forget what is remembered',
    description: 'On every replica. For what was changed at Logto without a webhook telling of it.',
    access: OPERATORS,
    answer: { status: 204, description: 'Nothing of it is answered from memory any more.' },
  })
  purge(@Query() { tag }: PurgeDto): Promise<void> {
    return this.writeLog.invalidate(tag.split(','));
  }
}
