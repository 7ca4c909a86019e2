/**
 * The endpoint documentation: `/openapi.json` and the page made from it. Parameters come from the very
 * tables the endpoints read their requests with, so that the two cannot drift apart.
 */
import { isSignedIn, who } from './accounts/visitor.ts'
import { unchanged } from './failure.ts'
import { json, type Route } from './http.ts'
import { meSchema } from './me.ts'
import { articleParameters, authorizeParameters } from './oauth/authorize.ts'
import { introspectParameters } from './oauth/introspect.ts'
import { metadata } from './oauth/metadata.ts'
import { revokeParameters } from './oauth/revoke.ts'
import { tokenParameters } from './oauth/token.ts'
import { docsPage } from './pages/docs.ts'
import type { ParameterTable } from './params.ts'
import type { Parts } from './platform.ts'

export function docsRoute(parts: Parts): Route {
  const document = openApi(parts.settings.url)
  return {
    manner: 'page',
    get: async call => {
      const visitor = await who(parts, call)
      const page = docsPage({
        platformName: parts.renderer.name,
        document,
        ...(isSignedIn(visitor) && {
          signedIn: parts.renderer.person(visitor.account),
          csrf: visitor.csrf,
        }),
      })
      return parts.renderer.page(page, { cookies: visitor.cookies })
    },
  }
}

export function openApiRoute(url: string): Route {
  const answer = json(200, openApi(url), { 'Cache-Control': 'public, max-age=300' })
  return { manner: 'oauth', cors: true, get: async () => answer }
}

const basic = [{ basic: [] }, {}]
const noStore = 'Never cached.'

/** The OpenAPI 3.1 description of everything a vendor calls. */
export function openApi(url: string) {
  const curl = (line: string) => line.replaceAll('URL', url)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Latchkey',
      version: '1.0',
      description:
        'Connect your app to the data of this platform’s users by OAuth 2.0: send the user to the authorization page, exchange the code, call the API, refresh.',
    },
    servers: [{ url }],
    tags: [
      { name: 'Authorization', description: 'Step 1: the user connects your app.' },
      { name: 'Tokens', description: 'Step 2: codes and refresh tokens become access tokens.' },
      { name: 'API', description: 'Step 3: call the API on behalf of the user.' },
    ],
    paths: {
      '/page/vendor-auth.html': {
        get: page(
          'The authorization page',
          articleParameters,
          'The address of the documentation for vendors: `clientId` is enough.',
        ),
      },
      '/oauth/authorize': {
        get: page(
          'The authorization page, standard name',
          authorizeParameters,
          'The same page with the parameters of RFC 6749 and RFC 7636, checked strictly.',
        ),
      },
      '/api/user-web/oauth/authorize': {
        get: page(
          'The authorization page, third name',
          authorizeParameters,
          'The same as `/oauth/authorize`, for integrations that look for it beside the token endpoint.',
        ),
      },
      '/api/user-web/oauth/token': {
        post: {
          ...tokenOperation(
            'Get tokens',
            'Parameters in the query string, a form body or a JSON body. A `client_secret` never goes into the URL. GET works as well.',
          ),
          'x-curl': curl(
            `curl --location 'URL/api/user-web/oauth/token?code=CODE&client_id=CLIENT_ID&redirect_uri=REDIRECT_URL&grant_type=authorization_code' \\\n  --header 'Authorization: Basic BASE64_OF_ID_AND_SECRET' \\\n  --header 'Content-Type: application/x-www-form-urlencoded'`,
          ),
        },
      },
      '/oauth/token': {
        post: {
          ...tokenOperation(
            'Get tokens, standard name',
            'POST with a form body, nothing else (RFC 6749 §3.2).',
          ),
          'x-curl': curl(
            `curl URL/oauth/token -u CLIENT_ID:CLIENT_SECRET \\\n  -d grant_type=refresh_token -d refresh_token=REFRESH_TOKEN`,
          ),
        },
      },
      '/oauth/revoke': {
        post: {
          tags: ['Tokens'],
          summary: 'Disconnect (RFC 7009)',
          description:
            'Revoking any token of a connection ends the connection. A token that is unknown or another app’s is answered 200 as well.',
          security: basic,
          requestBody: form(revokeParameters),
          responses: { 200: example('Done, or nothing to do.', {}), ...failures },
        },
      },
      '/oauth/introspect': {
        post: {
          tags: ['Tokens'],
          summary: 'What a token may do now (RFC 7662)',
          description: 'For the confidential app that owns the token; any other token is inactive.',
          security: basic,
          requestBody: form(introspectParameters),
          responses: {
            200: example('What is known of it.', {
              active: true,
              scope: 'openApi',
              client_id: 'app_…',
              token_type: 'Bearer',
              exp: 1790000000,
              iat: 1789996400,
              sub: '1',
              iss: url,
            }),
            ...failures,
          },
        },
      },
      '/.well-known/oauth-authorization-server': {
        get: {
          tags: ['Authorization'],
          summary: 'Metadata (RFC 8414)',
          description: 'From which a client configures itself.',
          responses: { 200: example('The metadata.', metadata(url)) },
        },
      },
      '/v1.0/me': {
        get: {
          tags: ['API'],
          summary: 'The connected user',
          description: 'Needs the permission `profile:read`.',
          security: [{ bearer: [] }],
          'x-curl': curl(`curl URL/v1.0/me --header 'Authorization: Bearer ACCESS_TOKEN'`),
          responses: {
            200: {
              ...example(
                'The profile.',
                {
                  id: 1,
                  memberUserId: 1,
                  email: 'dana@example.com',
                  firstName: 'Dana',
                  lastName: 'Reyes',
                  firstLetter: 'D',
                },
                meSchema,
              ),
            },
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
            503: example(
              'The platform cannot reach its database. Retry-After says when to try again.',
              { code: unchanged.code, message: unchanged.message },
            ),
          },
        },
      },
    },
    components: {
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic', description: 'client_id and client_secret.' },
        bearer: { type: 'http', scheme: 'bearer', description: 'The access token.' },
      },
    },
  }
}

const failures = {
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

function page(summary: string, table: ParameterTable, description: string) {
  return {
    tags: ['Authorization'],
    summary,
    description,
    parameters: Object.entries(table).map(([name, { description, required }]) => ({
      name,
      in: 'query',
      required: required === true,
      description: withCondition(description, required),
      schema: { type: 'string' },
    })),
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

function tokenOperation(summary: string, description: string) {
  return {
    tags: ['Tokens'],
    summary,
    description,
    security: basic,
    requestBody: form(tokenParameters),
    responses: {
      200: example(`A new pair of tokens. ${noStore}`, {
        access_token: 'lk_at_…',
        expires_in: 3600,
        refresh_token: 'lk_rt_…',
        token_type: 'Bearer',
        scope: 'openApi',
      }),
      ...failures,
    },
  }
}

function form(table: ParameterTable) {
  const properties = Object.entries(table).map(([name, { description, required }]) => [
    name,
    { type: 'string', description: withCondition(description, required) },
  ])
  const required = Object.entries(table).flatMap(([name, { required }]) =>
    required === true ? [name] : [],
  )
  const schema = { type: 'object', required, properties: Object.fromEntries(properties) }
  return { required: true, content: { 'application/x-www-form-urlencoded': { schema } } }
}

function withCondition(description: string, required: true | string | undefined): string {
  return typeof required === 'string' ? `${description} Required ${required}.` : description
}

function example(description: string, value: unknown, schema: object = { type: 'object' }) {
  return { description, content: { 'application/json': { schema, example: value } } }
}
