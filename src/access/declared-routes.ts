import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { declaredOperation } from '../http/operation.js';

/** Refuses to start with a route that does not say who may call it. */
@Injectable()
export class DeclaredRoutes implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  onModuleInit(): void {
    const silent = this.discovery.getControllers().flatMap(({ metatype }) => {
      const prototype = (metatype as { readonly prototype: Record<string, object> }).prototype;
      return this.scanner
        .getAllMethodNames(prototype)
        .filter(
          (name) =>
            Reflect.hasMetadata(PATH_METADATA, prototype[name] as object) &&
            !declaredOperation(prototype[name] as object),
        )
        .map((name) => `${metatype?.name}.${name}`);
    });
    if (silent.length > 0)
      throw new Error(
        `These routes say nothing of who may call them, add @Operation({ access: … }): ${silent.join(', ')}`,
      );
  }
}
