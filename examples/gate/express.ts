/** The gate in Express 5. */
import { type Gated, gateMiddleware, type Platform } from '@latchkey/platform'
import express, { type Express, type Request } from 'express'

export function makeApi(platform: Platform): Express {
  const api = express()
  api.get('/v1.0/leads', gateMiddleware(platform, 'leads:read'), (request, response) => {
    const { connection } = (request as Request & Gated).latchkey
    response.json({ account: connection.account_id, leads: [] })
  })
  return api
}
