// oidc-provider ships no types; these are the names that the bench and the examples use.

declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  type Saved = { save(): Promise<string> }
  type Fields = Readonly<Record<string, unknown>>

  export default class Provider {
    constructor(issuer: string, configuration: object)
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: Fields,
    ): Promise<void>
    on(event: 'server_error', listener: (context: unknown, error: Error) => void): this
    Client: { find(id: string): Promise<object | undefined> }
    Grant: new (
      fields: Fields,
    ) => Saved & { addOIDCScope(scope: string): void }
    AuthorizationCode: new (
      fields: Fields,
    ) => Saved
    AccessToken: new (
      fields: Fields,
    ) => Saved
    RefreshToken: new (
      fields: Fields,
    ) => Saved
  }
}
