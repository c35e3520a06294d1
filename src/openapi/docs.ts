import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import helmet from 'helmet';
import { PERMISSIONS } from '../access/permissions.js';
import type { Addresses } from '../config/addresses.js';
import type { Config } from '../config/config.js';
import { separateBodies } from './bodies.js';
import { moveResourceToForm } from './move-resource-to-form.js';
import { toOpenApi31 } from './open-api-31.js';
import { tidyParameters } from './parameters.js';

const DESCRIPTION = `Logto's organizations, their members and the members' roles: all of Logto's operations on them under the same paths,
validated, authorized and cached, and one call that returns an organization with all its members and their roles.

Every error is \`application/problem+json\`; its \`type\` is the path of a page that says what to do.`;

const TAGS = {
  Overview: 'One organization with everything that a screen about it needs, in one call.',
  Organizations: 'The organizations themselves.',
  Members: 'The members of an organization.',
  Roles: 'The roles of members.',
  Me: "The current user's own organizations.",
  Catalogue: "The tenant's organization roles and scopes. Read-only.",
  Operations: 'For operators of the gateway.',
};

/** Builds the OpenAPI document from the routes. */
function buildDocument(app: NestExpressApplication, addresses: Addresses): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Organization gateway')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'An access token for this API: a service, organization or user token.',
      },
      'bearer',
    )
    .addOAuth2(
      {
        type: 'oauth2',
        description:
          'A service token from the client credentials flow. On the sandbox, use `sandbox-service` with the secret `sandbox-service-secret`.',
        flows: {
          clientCredentials: { tokenUrl: `${addresses.issuer}/token`, scopes: { ...PERMISSIONS, all: 'Everything' } },
        },
      },
      'oauth2',
    );
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  return separateBodies(tidyParameters(toOpenApi31(SwaggerModule.createDocument(app, builder.build()))));
}

/** Where the documentation is served, by Express alone. */
export const DOCS_PATHS = ['/docs', '/docs-json', '/docs-yaml'];

/**
 * Serves /docs, /docs-json and /docs-yaml, and returns a function that returns the document. The document is built on first
 * use: it takes time at the start and memory, and most processes never need it.
 */
export function setUpDocs(app: NestExpressApplication, config: Config, addresses: Addresses): () => OpenAPIObject {
  let built: OpenAPIObject | undefined;
  const document = (): OpenAPIObject => (built ??= buildDocument(app, addresses));
  const issuerOrigin = new URL(addresses.issuer).origin;
  app.use(
    '/docs',
    helmet({
      contentSecurityPolicy: { directives: { connectSrc: ["'self'", issuerOrigin], upgradeInsecureRequests: null } },
    }),
  );
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'docs-json',
    yamlDocumentUrl: 'docs-yaml',
    customSiteTitle: 'Organization gateway',
    swaggerOptions: {
      persistAuthorization: true,
      requestInterceptor: moveResourceToForm,
      initOAuth: {
        ...(config.upstream.sandbox && { clientId: 'sandbox-service' }),
        additionalQueryStringParams: { resource: config.auth.audience },
      },
    },
  });
  return document;
}
