import { Module } from '@nestjs/common';
import { RolesModule } from '../roles/roles.module.js';
import { MeController } from './me.controller.js';
import { MeService } from './me.service.js';
import { MeUpstream } from './me.upstream.js';

@Module({ imports: [RolesModule], controllers: [MeController], providers: [MeService, MeUpstream] })
export class MeModule {}
