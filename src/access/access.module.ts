import { Global, Logger, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { ADDRESSES, type Addresses } from '../config/addresses.js';
import { CONFIG } from '../config/config.token.js';
import type { Config } from '../config/config.js';
import { AccessGuard } from './access.guard.js';
import { AccessUpstream } from './access.upstream.js';
import { Authorizer } from './authorizer.js';
import { DeclaredRoutes } from './declared-routes.js';
import { LiveCheck } from './live-check.js';
import { TokenVerifier } from './token-verifier.js';

/** Who is calling, and may they? Global: every feature may ask. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [
    AccessUpstream,
    Authorizer,
    DeclaredRoutes,
    LiveCheck,
    { provide: APP_GUARD, useClass: AccessGuard },
    {
      provide: TokenVerifier,
      inject: [CONFIG, ADDRESSES],
      useFactory: ({ auth }: Config, { issuer, jwksUrl }: Addresses) =>
        new TokenVerifier({ issuer, jwksUrl, audience: auth.audience }),
    },
  ],
  exports: [Authorizer],
})
export class AccessModule implements OnApplicationBootstrap {
  constructor(private readonly verifier: TokenVerifier) {}

  /** Fetches the issuer's keys ahead of the first caller. Starting up does not wait for them. */
  onApplicationBootstrap(): void {
    this.verifier
      .warmUp()
      .catch((error: unknown) => new Logger('Access').warn(`the issuer's keys cannot be had yet: ${String(error)}`));
  }
}
