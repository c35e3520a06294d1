import { Module } from '@nestjs/common';
import { MembersController } from './members.controller.js';
import { MembersService } from './members.service.js';
import { MembersUpstream } from './members.upstream.js';

@Module({
  controllers: [MembersController],
  providers: [MembersService, MembersUpstream],
  exports: [MembersUpstream],
})
export class MembersModule {}
