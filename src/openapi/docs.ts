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

const DESCRIPTION = `Organizations, their members and the members' roles, out of Logto: every operation Logto has for them under the same path,
validated, authorized and cached, and one call that gives an organization with all its members and their roles.

Every error is \`application/problem+json\`; its \`type\` leads to a page that says what to do.`;

const TAGS = {
  Overview: 'One organization with everything a screen about it needs, in one call.',
  Organizations: 'The organizations themselves.',
  Members: 'Who belongs to an organization.',
  Roles: 'Which roles a member has.',
  Me: 'What a user sees of itself.',
  Catalogue: 'Which roles and scopes there are. Read-only.',
  Operations: 'For those who run the gateway.',
};

/** The OpenAPI document of the routes as they are. */
function describe(app: NestExpressApplication, addresses: Addresses): OpenAPIObject {
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
        description: 'An access token for this API: of a service, of an organization, or of a user.',
      },
      'bearer',
    )
    .addOAuth2(
      {
        type: 'oauth2',
        description:
          'A service token by client credentials. On the sandbox: `sandbox-service` with the secret `sandbox-service-secret`.',
        flows: {
          clientCredentials: { tokenUrl: `${addresses.issuer}/token`, scopes: { ...PERMISSIONS, all: 'Everything' } },
        },
      },
      'oauth2',
    );
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  return separateBodies(tidyParameters(toOpenApi31(SwaggerModule.createDocument(app, builder.build()))));
}

/**
 * Serves /docs, /docs-json and /docs-yaml; gives back how to get the document. It is made when it is asked for first: it takes
 * a part of the start and of an idle process's memory, and most processes are never asked.
 */
export function setUpDocs(app: NestExpressApplication, config: Config, addresses: Addresses): () => OpenAPIObject {
  let made: OpenAPIObject | undefined;
  const document = (): OpenAPIObject => (made ??= describe(app, addresses));
  const tokens = new URL(addresses.issuer).origin;
  app.use(
    '/docs',
    helmet({
      contentSecurityPolicy: { directives: { connectSrc: ["'self'", tokens], upgradeInsecureRequests: null } },
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
