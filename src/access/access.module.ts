import { Global, Logger, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { ADDRESSES, type Addresses } from '../config/addresses.js';
import { CONFIG } from '../config/config.token.js';
import type { Config } from '../config/config.js';
import { AccessUpstream } from './access.upstream.js';
import { Authorizer } from './authorizer.js';
import { LiveCheck } from './live-check.js';
import { TokenVerifier } from './token-verifier.js';

/** Authentication and authorization. Global, because every feature may check permissions. */
@Global()
@Module({
  providers: [
    AccessUpstream,
    Authorizer,
    LiveCheck,
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

  /** Fetches the issuer's keys before the first request. The start-up does not wait for them. */
  onApplicationBootstrap(): void {
    this.verifier
      .warmUp()
      .catch((error: unknown) => new Logger('Access').warn(`cannot fetch the issuer's keys yet: ${String(error)}`));
  }
}
