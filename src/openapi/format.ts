import type { OpenAPIObject } from '@nestjs/swagger';

/** As it is committed: readable differences, and a newline at the end. */
export const format = (document: OpenAPIObject): string => `${JSON.stringify(document, null, 2)}\n`;
