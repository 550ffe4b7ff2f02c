import { openApi } from '@tidemark/api/openapi/document';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Json = Record<string, unknown>;

export interface Operation {
  readonly operationId: string;
  readonly path: string;
  readonly method: string;
  readonly body: Json;
}

const document = JSON.parse(JSON.stringify(openApi('0.0.0-test'))) as Json;

/** Replies may get new fields; here each field must be in the document, so every object of a reply is closed. */
function close(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const object = value as Json;
  if (typeof object.properties === 'object' && object.additionalProperties === undefined && !('allOf' in object))
    object.additionalProperties = false;
  for (const each of Object.values(object)) close(each);
}

/** Compiled schemas of the replies that the document promises, by operation and status. */
export class Replies {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #document: Json;
  readonly #compiled = new Map<string, ValidateFunction | null>();
  readonly operations: ReadonlyMap<string, Operation>;

  constructor(from: Json = document) {
    this.#document = structuredClone(from);
    // ajv-formats is CommonJS, whose default export is under `default` for some loaders.
    const formats =
      'default' in addFormats ? (addFormats as { default: typeof addFormats.default }).default : addFormats;
    (formats as unknown as (ajv: Ajv2020) => void)(this.#ajv);
    close((this.#document.components as Json).schemas);
    this.#ajv.addSchema(this.#document, 'document');
    const found = new Map<string, Operation>();
    for (const [path, methods] of Object.entries(this.#document.paths as Record<string, Record<string, Json>>)) {
      for (const [method, body] of Object.entries(methods))
        found.set(String(body.operationId), { operationId: String(body.operationId), path, method, body });
    }
    this.operations = found;
  }

  /** What is wrong with a reply; null: nothing. */
  complaint(operationId: string, status: number, contentType: string, body: unknown): string | null {
    const operation = this.operations.get(operationId);
    if (!operation) return `there is no operation ${operationId}`;
    const key = `${operationId} ${status}`;
    let validate = this.#compiled.get(key);
    if (validate === undefined) {
      const pointer = this.#pointer(operation, status);
      if (pointer === undefined) return `${key} is not in the document`;
      const reply = this.#at(pointer);
      const content = (reply.content ?? {}) as Record<string, unknown>;
      validate =
        'application/json' in content
          ? (this.#ajv.getSchema(`document#${pointer}/content/application~1json/schema`) ?? null)
          : null;
      this.#compiled.set(key, validate);
    }
    if (validate === null) return null;
    if (!contentType.startsWith('application/json')) return `${key} is ${contentType}, not JSON`;
    if (validate(body)) return null;
    return `${key}: ${this.#ajv.errorsText(validate.errors, { separator: '\n' })}\n${JSON.stringify(body).slice(0, 1500)}`;
  }

  #pointer(operation: Operation, status: number): string | undefined {
    const replies = operation.body.responses as Record<string, { $ref?: string }>;
    const reply = replies[status];
    if (!reply) return undefined;
    if (reply.$ref) return reply.$ref.slice(1);
    return `/paths/${operation.path.replaceAll('~', '~0').replaceAll('/', '~1')}/${operation.method}/responses/${status}`;
  }

  #at(pointer: string): Json {
    let value: unknown = this.#document;
    for (const part of pointer.slice(1).split('/'))
      value = (value as Json)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
    return value as Json;
  }
}

export const published = document;
