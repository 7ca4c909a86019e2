/** The pieces that operations of the OpenAPI document are made of. */
import { unchanged } from './failure.ts'
import type { ParameterTable } from './params.ts'

/** What every OAuth endpoint may answer instead. */
export const oauthFailures = {
  400: example('The request is wrong; error_description says what to do (RFC 6749 §5.2).', {
    error: 'invalid_request',
    error_description: 'grant_type is missing. Send authorization_code or refresh_token.',
  }),
  401: example('The app could not be authenticated.', {
    error: 'invalid_client',
    error_description:
      'client_id or client_secret is wrong. Both stand in the My Authorization tab.',
  }),
  429: example('Too many failed authentications; Retry-After says how long to wait.', {
    error: 'invalid_client',
    error_description: 'Too many failed attempts. Wait 42 seconds.',
  }),
  503: example(
    'The platform cannot reach its database. Retry-After says when to try again. error_description says that nothing was changed, or that it is not known whether the change took place: if a code or token is then refused, ask the user to connect again.',
    { error: unchanged.error, error_description: unchanged.message },
  ),
}

/** What the API and the gate may answer instead. */
export const apiFailures = {
  401: example('No token, or one that is not valid any more.', {
    code: 'BAD_CREDENTIALS',
    message: 'The access token has expired. Use the refresh token to get a new one.',
  }),
  403: example('The connection lacks the permission.', {
    code: 200100,
    message: 'This needs the permission profile:read.',
  }),
  429: example('The app has used up its calls of this minute; Retry-After tells.', {
    message: 'Too Many Requests',
  }),
  503: example('The platform cannot reach its database. Retry-After says when to try again.', {
    code: unchanged.code,
    message: unchanged.message,
  }),
}

/** The authorization page at one of its addresses. */
export function authorizeOperation(summary: string, table: ParameterTable, description: string) {
  return {
    tags: ['Authorization'],
    summary,
    description,
    parameters: parametersIn('query', table),
    responses: {
      200: { description: 'The consent page.' },
      400: {
        description:
          'An error page, and no redirect: the app is not known, suspended, or the redirect URL is not one of its registered ones.',
      },
      303: {
        description:
          'To your redirect URL: `code`, `state` and `iss` after Authorize; `error=access_denied`, `state` and `iss` after Deny.',
      },
    },
  }
}

/** The token endpoint at one of its addresses; its parameters go beside it. */
export function tokenOperation(summary: string, description: string) {
  return {
    tags: ['Tokens'],
    summary,
    description,
    security: [{ basic: [] }, {}],
    responses: {
      200: example('A new pair of tokens. Never cached.', {
        access_token: 'lk_at_…',
        expires_in: 3600,
        refresh_token: 'lk_rt_…',
        token_type: 'Bearer',
        scope: 'openApi',
      }),
      ...oauthFailures,
    },
  }
}

/** Parameters in a URL or in headers: all but those that must not stand in a URL. */
export function parametersIn(place: 'query' | 'header', table: ParameterTable) {
  return Object.entries(table)
    .filter(([, { secret }]) => !secret)
    .map(([name, { description, required }]) => ({
      name,
      in: place,
      required: required === true,
      description: withCondition(description, required),
      schema: { type: 'string' },
    }))
}

/** Parameters in a body of one of these types. */
export function body(table: ParameterTable, types: readonly string[]) {
  const properties = Object.entries(table).map(([name, { description, required }]) => [
    name,
    { type: 'string', description: withCondition(description, required) },
  ])
  const required = Object.entries(table).flatMap(([name, { required }]) =>
    required === true ? [name] : [],
  )
  const schema = { type: 'object', required, properties: Object.fromEntries(properties) }
  return { required: true, content: Object.fromEntries(types.map(type => [type, { schema }])) }
}

function withCondition(description: string, required: true | string | undefined): string {
  return typeof required === 'string' ? `${description} Required ${required}.` : description
}

/** An answer in JSON. */
export function example(description: string, value: unknown, schema: object = { type: 'object' }) {
  return { description, content: { 'application/json': { schema, example: value } } }
}
