import type { OpenAPIObject } from '@nestjs/swagger';

/** The committed form of the document: indented, so that diffs are readable, with a final newline. */
export const format = (document: OpenAPIObject): string => `${JSON.stringify(document, null, 2)}\n`;
