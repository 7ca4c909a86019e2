/** Views of what an app has done, and of the playground, as they are used. */
import { activityPage } from '../../src/pages/developer/activity.ts'
import { playgroundPage } from '../../src/pages/developer/playground.ts'
import { sample } from './sample.ts'

const now = Date.UTC(2026, 0, 5, 9)
const frame = {
  platformName: 'Lofty',
  csrf: 'csrf-token',
  signedIn: { name: 'Dana Reyes', email: 'dana@example.com' },
}

const ownApp = {
  id: 1,
  client_id: 'app_acme',
  vendor_id: 1,
  vendor_name: 'Acme Inc.',
  name: 'Acme Dialer',
  description: '',
  website: '',
  mode: 'production' as const,
  version: 1,
  audience: 'everyone' as const,
  is_public: 0,
  rotates: 0,
  webhooks: 0,
  redirect_uris: '[]',
  logo: '',
  contact_name: '',
  contact_email: '',
  contact_phone: '',
  permissions: 'profile:read',
  created_at: now,
  suspended_at: null,
  stopped_at: null,
}
const request = {
  id: 7,
  at: now,
  outcome: 'stranger' as const,
  endpoint: 'authorize' as const,
  status: 400,
  error: 'invalid_request',
  explanation: 'redirect_uri was https://a.example/cb/: the trailing slash.',
  connection_id: null,
  times: 1,
}
const activity = {
  ...frame,
  app: ownApp,
  isOwn: true,
  period: 'day' as const,
  figures: Array.from({ length: 24 }, (_, i) => ({
    at: now - (23 - i) * 3_600_000,
    n: { 'api passed': i * 40, 'api refused': i % 5, exchanged: i, 'not logged': 3 },
  })),
  connections: 12,
  limit: 500,
  entries: [
    request,
    { ...request, id: 6, outcome: 'failed' as const, times: 3, connection_id: new Uint8Array(16) },
    { ...request, id: 5, outcome: 'ok' as const, endpoint: 'api' as const, status: 200, error: '' },
  ],
  next: 5,
  filter: { show: 'all' as const },
  now,
}
const wire = 'curl https://lofty.example'
const playground = {
  ...frame,
  app: ownApp,
  redirectUris: ['https://acme.example/a', 'https://acme.example/b'],
  pocket: null,
  curl: { exchange: wire, me: wire, refresh: wire, disconnect: wire },
  ran: null,
  takenApart: null,
  lost: true,
}
const pocket = { door: 'standard' as const, hasCode: false, hasTokens: false, link: '/authorize' }

export const activitySamples = {
  activity: sample(activityPage, activity),
  'activity, as a reviewer sees it': sample(activityPage, {
    ...activity,
    isOwn: false,
    period: 'month',
    limit: null,
    entries: [],
    next: null,
  }),
  playground: sample(playgroundPage, playground),
  'playground, a wrong callback': sample(playgroundPage, {
    ...playground,
    lost: false,
    pocket,
    takenApart: {
      code: null,
      findings: [
        { name: 'code', value: 'missing', verdict: 'wrong', words: 'Nothing to exchange.' },
        { name: 'tenant', value: '…', verdict: 'plain', words: 'Your own.' },
      ],
    },
  }),
  'playground, with tokens': sample(playgroundPage, {
    ...playground,
    lost: false,
    pocket: { ...pocket, hasTokens: true },
    ran: { step: 'exchange', request: 'POST /oauth/token', answer: 'HTTP/1.1 400', status: 400 },
  }),
} as const
