/** Views of the pages about an app's webhooks, as they are used. */
import { removeEndpointPage, signingSecretPage } from '../../src/pages/developer/webhook-step.ts'
import { webhooksPage } from '../../src/pages/developer/webhooks.ts'
import { sample } from './sample.ts'

const now = Date.UTC(2026, 0, 5, 9)
const day = 86_400_000
const frame = {
  platformName: 'Lofty',
  csrf: 'csrf-token',
  signedIn: { name: 'Dana Reyes', email: 'dana@example.com' },
}

const registered = {
  id: 1,
  client_id: 'app_acme',
  vendor_id: 1,
  vendor_name: 'Acme Inc.',
  name: 'Acme Dialer',
  description: 'Call your leads with one click.',
  website: 'https://acme.example/dialer',
  logo: '',
  contact_name: 'Dana Reyes',
  contact_email: 'dana@acme.example',
  contact_phone: '',
  mode: 'production' as const,
  version: 1,
  audience: 'everyone' as const,
  is_public: 0,
  rotates: 0,
  webhooks: 0,
  redirect_uris: '["https://acme.example/callback"]',
  permissions: 'profile:read',
  created_at: now - 40 * day,
  suspended_at: null,
  stopped_at: null,
}
const endpoint = {
  url: 'https://hooks.acme.example/latchkey',
  created_at: now - 9 * day,
  disabled_at: null,
}
const webhook = {
  id: 1,
  name: 'msg_k2Q1mWnZr8uYd0b7Xc3TtA',
  type: 'connection.created',
  body: '{"type":"connection.created","timestamp":"2026-01-05T08:59:00.000Z","data":{"client_id":"app_acme","connection":"con_AZuNYnqA3m2WuPeGXBJ1_g","account":1,"permissions":["profile:read"]}}',
  created_at: now - 60_000,
  due_at: null,
  attempts: 1,
  over_at: now - 59_000,
  status: 204,
  failure: '',
}
const untold = { over_at: null, status: null }
const webhooks = {
  ...frame,
  app: registered,
  endpoint,
  secrets: [
    { id: 2, tail: 'q9Y=', created_at: now - day / 2, ends_at: null },
    { id: 1, tail: 'b7A=', created_at: now - 9 * day, ends_at: now + day / 2 },
  ],
  entries: [
    { ...webhook, ...untold, id: 6, type: 'test', due_at: now, attempts: 0 },
    { ...webhook, ...untold, id: 5, type: 'secret.expiring', due_at: now + day, attempts: 0 },
    {
      ...webhook,
      ...untold,
      id: 4,
      type: 'connection.disconnected',
      due_at: now + 3_600_000,
      attempts: 7,
      status: 503,
      failure: 'answer',
    },
    { ...webhook, id: 3, attempts: 3, created_at: now - day },
    { ...webhook, id: 2, attempts: 18, status: null, failure: 'expired' },
    webhook,
  ],
  next: 1,
  isOlder: false,
  now,
}

export const webhookSamples = {
  webhooks: sample(webhooksPage, webhooks),
  'no webhooks': sample(webhooksPage, {
    ...webhooks,
    endpoint: null,
    secrets: [],
    entries: [],
    next: null,
    typed: 'http://acme.example',
    problem: 'This URL cannot be used: it does not begin with https://.',
  }),
  'webhooks, too many by hand': sample(webhooksPage, { ...webhooks, wait: 540 }),
  'webhooks, switched off': sample(webhooksPage, {
    ...webhooks,
    endpoint: { ...endpoint, disabled_at: now - day },
    entries: [{ ...webhook, status: 410, failure: 'gone' }],
    next: null,
    isOlder: true,
  }),
  'signing secret': sample(signingSecretPage, {
    ...frame,
    app: registered,
    secret: 'whsec_EXAMPLE/EXAMPLE+EXAMPLE/EXAMPLE+EXAMPLE=',
    isFirst: false,
  }),
  'remove endpoint': sample(removeEndpointPage, {
    ...frame,
    app: registered,
    url: endpoint.url,
    waiting: 3,
  }),
} as const
