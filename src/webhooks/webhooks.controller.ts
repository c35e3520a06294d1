import { Controller, Headers, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ANYONE } from '../access/permissions.js';
import { Operation } from '../http/operation/operation.js';
import { readRaw } from '../http/input/read-body.js';
import { WebhooksService } from './webhooks.service.js';

@ApiExcludeController()
@Controller('webhooks/logto')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Post()
  @Operation({
    id: 'receiveLogtoEvent',
    summary: 'Receive an event from Logto',
    access: ANYONE,
    answer: { status: 204, description: 'Received.' },
  })
  async receive(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Headers('logto-signature-sha-256') signature?: string,
  ): Promise<void> {
    await this.webhooks.receive(await readRaw(request, response), signature);
  }
}
