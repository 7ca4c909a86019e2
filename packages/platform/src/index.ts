/** The public names of `@latchkey/platform`. */

export type { Mail, Mailer } from './accounts/mail.ts'
export { connectionName, type UserConnection } from './connection/connection.ts'
export type { Passage } from './connection/gate.ts'
export { OAuthError, TooManyRequests } from './error.ts'
export type { ApiRoutes } from './forward-auth.ts'
export type { Answer, Call, Route } from './http.ts'
export { type Catalogue, defaultCatalogue, type Permission } from './permissions.ts'
export { createPlatform, type Platform, type PlatformOptions } from './platform.ts'
export { type Serving, serve } from './serve.ts'
export { readSettings, SettingError, type Settings } from './settings.ts'
