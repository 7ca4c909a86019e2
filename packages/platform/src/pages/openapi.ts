/** The part of an OpenAPI 3 document that the documentation page reads. */

export interface OpenApiDocument {
  readonly info: {
    readonly title: string
    readonly version?: string
    readonly description?: string
  }
  readonly servers?: readonly { readonly url: string }[]
  readonly tags?: readonly { readonly name: string; readonly description?: string }[]
  readonly paths: Readonly<Record<string, { readonly [method in Method]?: Operation }>>
  readonly components?: {
    readonly securitySchemes?: Readonly<
      Record<
        string,
        { readonly type: string; readonly scheme?: string; readonly description?: string }
      >
    >
    readonly schemas?: Readonly<Record<string, Schema>>
  }
}

export const methods = ['get', 'post', 'put', 'patch', 'delete'] as const

export type Method = (typeof methods)[number]

export interface Operation {
  readonly tags?: readonly string[]
  readonly summary?: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> }
  readonly responses: Readonly<Record<string, Answer>>
  /** Any one of these; `{}` stands for none at all. */
  readonly security?: readonly Readonly<Record<string, readonly unknown[] | undefined>>[]
  /** A call to copy. */
  readonly 'x-curl'?: string
}

export interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: Schema
}

export interface MediaType {
  readonly schema?: Schema
  readonly example?: unknown
}

export interface Answer {
  readonly description: string
  readonly content?: Readonly<Record<string, MediaType>>
}

export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly items?: Schema
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
}

/** An operation with its place in the document. */
export interface PlacedOperation {
  readonly method: Method
  readonly path: string
  /** For links to it: the same as long as method and path are. */
  readonly anchor: string
  readonly operation: Operation
}

/** Operations under their tags, in the document's order. */
export interface Group {
  readonly name: string
  readonly anchor: string
  readonly description: string
  readonly operations: readonly PlacedOperation[]
}

export function groupsOf(document: OpenApiDocument): readonly Group[] {
  const placed = Object.entries(document.paths).flatMap(([path, item]) =>
    methods.flatMap(method => {
      const operation = item[method]
      return operation ? [{ method, path, operation, anchor: anchor(`${method} ${path}`) }] : []
    }),
  )
  const tagOf = ({ operation }: PlacedOperation) => operation.tags?.[0] ?? 'Other'
  const described = new Map(document.tags?.map(tag => [tag.name, tag.description ?? '']))
  const names = new Set([...described.keys(), ...placed.map(tagOf)])
  return [...names]
    .map(name => ({
      name,
      anchor: anchor(`tag ${name}`),
      description: described.get(name) ?? '',
      operations: placed.filter(place => tagOf(place) === name),
    }))
    .filter(({ operations }) => operations.length > 0)
}

function anchor(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[{}]/g, '_')
    .replaceAll(/[^\p{L}\p{N}_]+/gu, '-')
    .replace(/-$/, '')
}

/** Follows a `$ref` into the document's schemas. */
export function resolve(document: OpenApiDocument, schema: Schema | undefined): Schema {
  const name = schema?.$ref?.split('/').at(-1)
  return (name ? document.components?.schemas?.[name] : schema) ?? {}
}

/** A schema's type in a few words: `string`, `integer (int64)`, `array of Lead`. */
export function typeOf(schema: Schema | undefined): string {
  if (!schema) return ''
  if (schema.$ref) return schema.$ref.split('/').at(-1) ?? ''
  if (schema.items) return `array of ${typeOf(schema.items) || 'anything'}`
  const type = typeof schema.type === 'string' ? schema.type : (schema.type ?? []).join(' or ')
  return schema.format ? `${type} (${schema.format})` : type
}
