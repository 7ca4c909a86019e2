/**
 * The OpenAPI 3.1 description of everything a vendor or a proxy calls. Parameters come from the very
 * tables the endpoints read their requests with, so that the two cannot drift apart.
 */
import { answerHeaders, questionHeaders } from './forward-auth.ts'
import { meSchema } from './me.ts'
import { articleParameters, authorizeParameters } from './oauth/authorize.ts'
import { introspectParameters } from './oauth/introspect.ts'
import { metadata } from './oauth/metadata.ts'
import { revokeParameters } from './oauth/revoke.ts'
import { tokenParameters } from './oauth/token.ts'
import {
  apiFailures,
  authorizeOperation,
  body,
  example,
  oauthFailures,
  parametersIn,
  tokenOperation,
} from './openapi-operation.ts'

const basic = [{ basic: [] }, {}]
const form = 'application/x-www-form-urlencoded'
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
      { name: 'For proxies', description: 'For the operator of an API behind this platform.' },
    ],
    paths: {
      '/page/vendor-auth.html': {
        get: authorizeOperation(
          'The authorization page',
          articleParameters,
          'The address of the documentation for vendors: `clientId` is enough.',
        ),
      },
      '/oauth/authorize': {
        get: authorizeOperation(
          'The authorization page, standard name',
          authorizeParameters,
          'The same page with the parameters of RFC 6749 and RFC 7636, checked strictly.',
        ),
      },
      '/api/user-web/oauth/authorize': {
        get: authorizeOperation(
          'The authorization page, third name',
          authorizeParameters,
          'The same as `/oauth/authorize`, for integrations that look for it beside the token endpoint.',
        ),
      },
      '/api/user-web/oauth/token': {
        post: {
          ...tokenOperation(
            'Get tokens',
            'Parameters in a form body, a JSON body or the query string, each of them once. A `client_secret` never goes into the URL.',
          ),
          requestBody: body(tokenParameters, [form, 'application/json']),
        },
        get: {
          ...tokenOperation(
            'Get tokens by GET',
            'The same with everything in the query string, as the documentation for vendors prints it. The secret goes into the Authorization header.',
          ),
          parameters: parametersIn('query', tokenParameters),
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
          requestBody: body(tokenParameters, [form]),
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
          requestBody: body(revokeParameters, [form]),
          responses: { 200: example('Done, or nothing to do.', {}), ...oauthFailures },
        },
      },
      '/oauth/introspect': {
        post: {
          tags: ['Tokens'],
          summary: 'What a token may do now (RFC 7662)',
          description: 'For the confidential app that owns the token; any other token is inactive.',
          security: basic,
          requestBody: body(introspectParameters, [form]),
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
            ...oauthFailures,
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
            ...apiFailures,
          },
        },
      },
      '/gate': {
        get: {
          tags: ['For proxies'],
          summary: 'May this request pass?',
          description:
            'A proxy asks here about each request to an API behind it, with any method, and hands on what the answer’s headers say. `/gate/…` with the original path behind it and the original method asks the same (Envoy).',
          security: [{ bearer: [] }],
          parameters: parametersIn('header', questionHeaders),
          responses: {
            200: {
              description: `It may. ${Object.entries(answerHeaders)
                .map(([name, words]) => `\`${name}\`: ${words}`)
                .join(' ')}`,
              headers: Object.fromEntries(
                Object.entries(answerHeaders).map(([name, description]) => [
                  name,
                  { description, schema: { type: 'string' } },
                ]),
              ),
            },
            400: example('The proxy has not said what it was asked, or has said it in two ways.', {
              code: 'HTTP_400',
              message: 'X-Forwarded-Uri and X-Original-URI name two different paths.',
            }),
            ...apiFailures,
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
