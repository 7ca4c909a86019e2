/** `GET /v1.0/me`: the connected user, behind the gate. The fields are the real platform's. */
import { type GateParts, passGate } from './connection/gate.ts'
import { json, type Route } from './http.ts'

export const meSchema = {
  type: 'object',
  required: ['id', 'email', 'firstName', 'lastName'],
  properties: {
    id: { type: 'integer', format: 'int64', description: 'The user’s account.' },
    memberUserId: {
      type: 'integer',
      format: 'int64',
      description: 'The same, as team members name it.',
    },
    email: { type: 'string' },
    firstName: { type: 'string' },
    lastName: { type: 'string' },
    firstLetter: { type: 'string', description: 'For alphabetic grouping.' },
  },
} as const

export function meRoute(parts: GateParts): Route {
  return {
    manner: 'api',
    cors: true,
    get: async call => {
      const { connection, headers } = await passGate(
        parts,
        call.header('authorization'),
        'profile:read',
      )
      call.app = connection.client_id
      const { account_id: id, email, first_name: firstName, last_name: lastName } = connection
      const profile = {
        id,
        memberUserId: id,
        email,
        firstName,
        lastName,
        firstLetter: (firstName || lastName || email).slice(0, 1).toUpperCase(),
      }
      return json(200, profile, headers)
    },
  }
}
