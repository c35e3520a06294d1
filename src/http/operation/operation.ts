import { applyDecorators, HttpCode, SetMetadata, type Type } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiHeader,
  ApiOAuth2,
  ApiOperation,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import type { AccessRule } from '../../access/permissions.js';
import { ProblemDto } from '../problems/problem.dto.js';
import { PROBLEMS, type ProblemKind } from '../problems/problems.js';
import type { DocumentedRequestHeader } from './request-headers.js';
import { LIMIT_HEADERS, READ_HEADERS, RETRY_HEADER, TOTAL_HEADERS } from './response-headers.js';

/** The declaration of a route, besides its verb and path. Guard, body reader, content negotiation and documentation use it. */
export interface OperationSpec {
  /** The unique operationId; generated clients name their methods after it. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: AccessRule;
  /** The class of the request body, or one class per media type; absent for routes without a body. */
  readonly body?: Type | Readonly<Record<string, Type>>;
  /** Request headers of this route. */
  readonly headers?: readonly DocumentedRequestHeader[];
  /** True for a route that changes nothing although its verb is not GET. */
  readonly safe?: boolean;
  /** Media type of the response; JSON by default. */
  readonly produces?: string;
  readonly answer: {
    readonly status: 200 | 201 | 204;
    readonly description: string;
    /** The class of the response body, or `[Class]` for a list; absent for a response without a body. */
    readonly type?: Type | readonly [Type];
    /** The response has `Total-Number` and `Link`. */
    readonly paged?: boolean;
    readonly headers?: Readonly<
      Record<
        string,
        {
          readonly description: string;
          readonly schema: { readonly type: 'string' | 'integer'; readonly example: string | number };
        }
      >
    >;
  };
  /** Problems of this route, in addition to those common to all guarded routes. */
  readonly problems?: readonly ProblemKind[];
}

const OPERATION = Symbol('OPERATION');

/** The class of the request body by media type. */
export const bodiesOf = ({ body }: OperationSpec): Readonly<Record<string, Type>> | undefined =>
  typeof body === 'function' ? { 'application/json': body as Type } : body;

/** Problems that any route with authentication may answer with. */
const COMMON: readonly ProblemKind[] = [
  'invalid-input',
  'unauthenticated',
  'forbidden',
  'not-acceptable',
  'too-many-requests',
  'internal',
  'bad-gateway',
  'unavailable',
  'overloaded',
  'timeout',
];
const WITH_BODY: readonly ProblemKind[] = ['payload-too-large', 'unsupported-media-type'];

const WITH_RETRY_AFTER = new Set<number>([429, 503]);

const example = (kind: ProblemKind) => {
  const { status, title, codes, advice } = PROBLEMS[kind];
  const [code] = codes;
  return {
    type: `/problems/${kind}`,
    title,
    status,
    detail: advice.split('. ')[0],
    instance: '/api/organizations/fernweh00000',
    code,
    message: advice.split('. ')[0],
    requestId: '2f1c6b1e-8f4a-4f0b-9a53-1f6e1d0c9b7a',
  };
};

/** One response per status; it describes all kinds of problem with that status. */
const problemResponses = (kinds: readonly ProblemKind[]): MethodDecorator[] => {
  const statuses = new Set(kinds.map((kind) => PROBLEMS[kind].status));
  return [...statuses].map((status) => {
    const shared = [...new Set(kinds)].filter((kind) => PROBLEMS[kind].status === status);
    return ApiResponse({
      status,
      description: shared.map((kind) => `${PROBLEMS[kind].title}. ${PROBLEMS[kind].advice}`).join(' '),
      headers: { ...(status === 429 && LIMIT_HEADERS), ...(WITH_RETRY_AFTER.has(status) && RETRY_HEADER) },
      content: {
        'application/problem+json': {
          schema: { $ref: getSchemaPath(ProblemDto) },
          examples: Object.fromEntries(shared.map((kind) => [kind, { value: example(kind) }])),
        },
      },
    });
  });
};

const answerResponse = ({ answer, access, produces, body }: OperationSpec): MethodDecorator => {
  const { status, description, type, paged, headers } = answer;
  const schema =
    type === undefined ? {} : Array.isArray(type) ? { type: type[0] as Type, isArray: true } : { type: type as Type };
  const isCached = access.who !== 'anyone' && status === 200 && !body && !produces;
  return ApiResponse({
    status,
    description,
    ...schema,
    ...(produces && { content: { [produces]: { schema: { type: 'string' } } } }),
    headers: {
      ...(isCached && READ_HEADERS),
      ...(paged && TOTAL_HEADERS),
      ...headers,
      ...(access.who !== 'anyone' && LIMIT_HEADERS),
    },
  });
};

const bodyDecorators = (bodies: Readonly<Record<string, Type>>): MethodDecorator[] => {
  const classes = Object.values(bodies);
  const schemas = classes.map((type) => ({ $ref: getSchemaPath(type) }));
  return [
    ApiExtraModels(...classes),
    ApiConsumes(...Object.keys(bodies)),
    // Nest documents one schema for all media types of a body; openapi/bodies.ts separates them.
    ApiBody({ required: true, schema: schemas.length === 1 && schemas[0] ? schemas[0] : { anyOf: schemas } }),
  ];
};

/** Declares everything about a route in one place, next to the decorator for its verb and path. */
export const Operation = (spec: OperationSpec): MethodDecorator => {
  const isGuarded = spec.access.who !== 'anyone';
  const bodies = bodiesOf(spec);
  const kinds = [...(isGuarded ? COMMON : []), ...(bodies ? WITH_BODY : []), ...(spec.problems ?? [])];
  const permissions = 'permissions' in spec.access ? spec.access.permissions : [];
  return applyDecorators(
    SetMetadata(OPERATION, spec),
    HttpCode(spec.answer.status),
    ApiOperation({
      operationId: spec.id,
      summary: spec.summary,
      description: [
        spec.description,
        permissions.length > 0 && `Needs ${permissions.map((name) => `\`${name}\``).join(', ')}.`,
        spec.access.who === 'services' && 'Service tokens only.',
      ]
        .filter(Boolean)
        .join('\n\n'),
    }),
    answerResponse(spec),
    ...problemResponses(kinds),
    ...(kinds.length > 0 ? [ApiExtraModels(ProblemDto)] : []),
    ...(spec.headers ?? []).map(({ name, description, example: value }) =>
      ApiHeader({ name, description, required: false, example: value, schema: { type: 'string' } }),
    ),
    ...(bodies ? bodyDecorators(bodies) : []),
    ...(isGuarded ? [ApiBearerAuth('bearer'), ApiOAuth2([...permissions], 'oauth2')] : []),
  );
};

/** The declaration of a handler, if it has one. */
export const declaredOperation = (handler: object): OperationSpec | undefined =>
  Reflect.getMetadata(OPERATION, handler) as OperationSpec | undefined;

/** The declaration of a handler. Throws for a handler without one, so that no route is reachable without an access rule. */
export const operationOf = (handler: { readonly name: string }): OperationSpec => {
  const spec = declaredOperation(handler);
  if (!spec)
    throw new Error(
      `The route handler ${handler.name} does not declare who may call it: add @Operation({ access: … }) to it`,
    );
  return spec;
};
