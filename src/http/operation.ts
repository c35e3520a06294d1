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
import type { AccessRule } from '../access/permissions.js';
import { ProblemDto } from './problem.dto.js';
import { PROBLEMS, type ProblemKind } from './problems.js';
import type { DocumentedRequestHeader } from './request-headers.js';
import { LIMIT_HEADERS, READ_HEADERS, RETRY_HEADER, TOTAL_HEADERS } from './response-headers.js';

/** Everything there is to say about a route beside its verb and path. Guard, body reader, negotiation and documentation read it. */
export interface OperationSpec {
  /** Unique name; generated clients call their method so. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: AccessRule;
  /** The request body's class, or one for each media type it may come in; absent for routes that read none. */
  readonly body?: Type | Readonly<Record<string, Type>>;
  /** Request headers peculiar to this route. */
  readonly headers?: readonly DocumentedRequestHeader[];
  /** Changes nothing, whatever its verb says. */
  readonly safe?: boolean;
  /** Media type of the answer; JSON unless said otherwise. */
  readonly produces?: string;
  readonly answer: {
    readonly status: 200 | 201 | 204;
    readonly description: string;
    /** The body's class, or `[Class]` for a list of them; absent = no body. */
    readonly type?: Type | readonly [Type];
    /** Carries `Total-Number` and `Link`. */
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
  /** Errors peculiar to this route; those every guarded route may answer with are added. */
  readonly problems?: readonly ProblemKind[];
}

const OPERATION = Symbol('OPERATION');

/** The body's class by media type. */
export const bodiesOf = ({ body }: OperationSpec): Readonly<Record<string, Type>> | undefined =>
  typeof body === 'function' ? { 'application/json': body as Type } : body;

/** Errors any route behind a token may answer with. */
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

/** One response per status: kinds that share a status are named together. */
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
    // Nest documents one schema for all media types of a body.
    ApiBody({ required: true, schema: schemas.length === 1 && schemas[0] ? schemas[0] : { anyOf: schemas } }),
  ];
};

/** Says everything about a route in one place; its verb and path stand beside it. */
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

/** A handler's declaration, if it has one. */
export const declaredOperation = (handler: object): OperationSpec | undefined =>
  Reflect.getMetadata(OPERATION, handler) as OperationSpec | undefined;

/** The handler's declaration. Throws for a handler without one: nothing is reachable until it says who may call. */
export const operationOf = (handler: { readonly name: string }): OperationSpec => {
  const spec = declaredOperation(handler);
  if (!spec)
    throw new Error(
      `The route handler ${handler.name} says nothing of who may call it: add @Operation({ access: … }) to it`,
    );
  return spec;
};
