/** Authorization server metadata (RFC 8414), so that a stranger's client configures itself. */
import { json, type Route } from '../http.ts'

/** The document served at `/.well-known/oauth-authorization-server`; made once. */
export function metadata(url: string): object {
  const methods = ['client_secret_basic', 'client_secret_post', 'none']
  return {
    issuer: url,
    authorization_endpoint: `${url}/oauth/authorize`,
    token_endpoint: `${url}/oauth/token`,
    revocation_endpoint: `${url}/oauth/revoke`,
    introspection_endpoint: `${url}/oauth/introspect`,
    scopes_supported: ['openApi'],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_methods_supported: methods,
    introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    service_documentation: `${url}/docs/index.html`,
  }
}

export function metadataRoute(url: string): Route {
  const answer = json(200, metadata(url), { 'Cache-Control': 'public, max-age=3600' })
  return { manner: 'oauth', cors: true, get: async () => answer }
}
