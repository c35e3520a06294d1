import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf } from './parameters.js';

/**
 * Nest documents one schema for all media types of a body, so operation.ts lists the schemas of all of them, in the order of
 * the media types. This gives each media type its own schema.
 */
export function separateBodies(document: OpenAPIObject): OpenAPIObject {
  for (const { operation } of operationsOf(document)) {
    const content = Object.values(
      (operation.requestBody as { content?: Record<string, Body> } | undefined)?.content ?? {},
    );
    for (const [index, body] of content.entries()) {
      const own = body.schema?.anyOf?.[index];
      if (own && body.schema?.anyOf?.length === content.length) body.schema = own;
    }
  }
  return document;
}

interface Body {
  schema?: { anyOf?: readonly object[] };
}
