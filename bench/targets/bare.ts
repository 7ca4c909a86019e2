// The floor: `node:http` with nothing behind it. It reads the request whole and answers constant
// bytes: Latchkey's own answers when Latchkey is measured in the same run (the bench sends them as
// `imitate`), else answers of that shape.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { announce } from '../target.ts'

type Answer = { headers: Record<string, string>; body: string }

const token = (prefix: string) => prefix.padEnd(90, 'x')

let tokenAnswer: Answer = {
  headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', Pragma: 'no-cache' },
  body: JSON.stringify({
    access_token: token('lk_at_'),
    expires_in: 3600,
    refresh_token: token('lk_rt_'),
    token_type: 'Bearer',
    scope: 'openApi',
  }),
}
let meAnswer: Answer = {
  headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
  body: JSON.stringify({ id: 1, email: 'ada@example.com', firstName: 'Ada', lastName: 'Byron' }),
}

process.on('message', ({ imitate }: { imitate?: { token: Answer; me: Answer } }) => {
  if (imitate) ({ token: tokenAnswer, me: meAnswer } = imitate)
})

const server = createServer((request, response) => {
  let sent = ''
  request.on('data', chunk => {
    sent += chunk
  })
  request.on('end', () => {
    const { headers, body } = sent === '' ? meAnswer : tokenAnswer
    response.writeHead(200, { ...headers, 'Content-Length': Buffer.byteLength(body) })
    response.end(body)
  })
})

server.listen(0, '127.0.0.1', () => {
  const form = {
    method: 'POST',
    path: '/oauth/token',
    headers: {
      Authorization: `Basic ${btoa(`${'app'.padEnd(26, 'x')}:${'lk_sk_'.padEnd(49, 'x')}`)}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
  } as const
  announce(
    {
      port: (server.address() as AddressInfo).port,
      state: 'no state: constant answers',
      steps: {
        refresh: {
          request: { ...form, body: 'grant_type=refresh_token&refresh_token={value}' },
          values: [token('lk_rt_')],
          mark: '"access_token"',
        },
        exchange: {
          request: { ...form, body: 'grant_type=authorization_code&code={value}' },
          values: [],
          mark: '"access_token"',
        },
        me: {
          request: {
            method: 'GET',
            path: '/v1.0/me',
            headers: { Authorization: 'Bearer {value}' },
          },
          values: [token('lk_at_')],
          mark: '"id"',
        },
      },
    },
    count => Array.from({ length: count }, () => token('lk_ac_')),
  )
})
