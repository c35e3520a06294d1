import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf } from './parameters.js';

/**
 * Nest documents one schema for all media types of a body, so an operation with several names them all (operation.ts, in
 * the order of the media types). Here each media type gets its own.
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
