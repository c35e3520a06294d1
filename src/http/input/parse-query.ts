import { parse } from 'node:querystring';

/** Parses a query for Express and for `dispatch`. A value is a string, or a list of strings if the name occurs more than once. */
export const parseQuery = (text: string): unknown => parse(text);
