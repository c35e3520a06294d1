import { Module } from '@nestjs/common';
import { PurgeController } from './purge.controller.js';

/** Manual operations. */
@Module({ controllers: [PurgeController] })
export class PurgeModule {}
