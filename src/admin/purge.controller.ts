import { Controller, Delete, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { OPERATORS } from '../access/permissions.js';
import { Operation } from '../http/operation/operation.js';
import { PurgeDto } from './purge.dto.js';
import { WriteLog } from '../cache/write-log.js';

@ApiTags('Operations')
@Controller('internal/cache')
export class PurgeController {
  constructor(private readonly writeLog: WriteLog) {}

  @Delete()
  @Operation({
    id: 'purgeCache',
    summary: 'Purge the cache',
    description: 'On every replica. For changes made directly at Logto, without a webhook that reports them.',
    access: OPERATORS,
    answer: { status: 204, description: 'Cached responses with these tags are not served any more.' },
  })
  purge(@Query() { tag }: PurgeDto): Promise<void> {
    return this.writeLog.invalidate(tag.split(','));
  }
}
