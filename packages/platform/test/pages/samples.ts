/** A view of every page, as it is used, and the means to draw it with other texts. */
import { openApi } from '../../src/docs.ts'
import { connectionsPage, disconnectPage } from '../../src/pages/connections.ts'
import { consentPage } from '../../src/pages/consent.ts'
import { removeEndpointPage, signingSecretPage } from '../../src/pages/developer/webhook-step.ts'
import { webhooksPage } from '../../src/pages/developer/webhooks.ts'
import { docsPage } from '../../src/pages/docs.ts'
import { errorPage } from '../../src/pages/error.ts'
import { forgotPasswordPage, resetPasswordPage } from '../../src/pages/forgot-password.ts'
import { homePage } from '../../src/pages/home.ts'
import type { Html } from '../../src/pages/html.ts'
import { mailPage } from '../../src/pages/mail.ts'
import { outcomePage } from '../../src/pages/outcome.ts'
import { signInPage } from '../../src/pages/sign-in.ts'
import { signOutPage } from '../../src/pages/sign-out.ts'
import { signUpCodePage, signUpPage } from '../../src/pages/sign-up.ts'

export const now = Date.UTC(2026, 0, 5, 9)
const day = 86_400_000

const account = { name: 'Dana Reyes', email: 'dana@example.com' }
const open = { platformName: 'Lofty', csrf: 'csrf-token' }
const frame = { ...open, signedIn: account }
const own = { ...open, account }
const permissions = [
  { name: 'profile:read', title: 'See who you are', description: 'Your name and email.' },
  { name: 'leads:read', title: 'See your leads', description: 'Names, notes and stages.' },
]
const app = {
  name: 'Acme Dialer',
  vendorName: 'Acme Inc.',
  description: 'Call your leads with one click.',
  website: 'https://acme.example/dialer',
  logoUrl: '/logos/acme.png',
  mode: 'production' as const,
}
const entry = {
  clientId: 'app_acme',
  name: app.name,
  vendorName: app.vendorName,
  permissions,
  connections: 3,
  since: now - 40 * day,
  lastUsedAt: now,
}
const other = { ...entry, clientId: 'app_zen', name: 'Zenith', connections: 1, lastUsedAt: null }
const asked = {
  ...own,
  app,
  permissions,
  redirectHost: 'app.acme.example',
  switchTo: '/oauth/authorize?client_id=app_acme&state=1',
  ticket: 'the-ticket',
}
const passwordRule = 'At least 12 characters.'
const continueTo = '/oauth/authorize?a=1&b=2'
const email = account.email
const problem = 'Email or password is wrong.'
const code = {
  subject: '493817 is your Lofty code',
  text: 'Enter this code:\n\n    493817\n\nIt is valid for ten minutes.',
}

const registered = {
  id: 1,
  client_id: 'app_acme',
  vendor_id: 1,
  vendor_name: 'Acme Inc.',
  name: app.name,
  description: app.description,
  website: app.website,
  mode: 'production' as const,
  version: 1,
  audience: 'everyone' as const,
  is_public: 0,
  rotates: 0,
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

interface Sample {
  readonly view: object
  /** Draws the view, or one of the same shape. */
  readonly draw: (view: never) => Html
}

function sample<View extends object>(draw: (view: View) => Html, view: View): Sample {
  return { view, draw }
}

export const samples = {
  home: sample(homePage, { platformName: 'Lofty' }),
  'home, signed in': sample(homePage, frame),
  'sign in': sample(signInPage, { ...open, continueTo }),
  'sign in again': sample(signInPage, { ...open, continueTo, email, problem, appName: app.name }),
  'sign up': sample(signUpPage, { ...open, continueTo, passwordRule, values: {}, problems: {} }),
  'sign up again': sample(signUpPage, {
    ...open,
    continueTo,
    passwordRule,
    values: { firstName: 'Dana', email: 'dana@' },
    problems: { lastName: 'Enter your last name.', email: 'Enter an email address.' },
  }),
  'sign-up code': sample(signUpCodePage, { ...open, continueTo, email }),
  'sign-up code again': sample(signUpCodePage, { ...open, continueTo, email, problem }),
  'forgotten password': sample(forgotPasswordPage, open),
  'forgotten password again': sample(forgotPasswordPage, { ...open, email, problem }),
  'new password': sample(resetPasswordPage, { ...open, email, passwordRule }),
  'sign out': sample(signOutPage, own),
  consent: sample(consentPage, asked),
  'consent, in development': sample(consentPage, {
    ...asked,
    app: { name: 'Acme Dialer', vendorName: 'Acme Inc.', mode: 'development' },
    redirectHost: 'localhost:4500',
    permissions: [],
  }),
  'outcome: connected': sample(outcomePage, { ...own, app, outcome: 'connected' }),
  'outcome: denied': sample(outcomePage, { ...own, app, outcome: 'denied' }),
  'outcome: disconnected': sample(outcomePage, { ...own, app, outcome: 'disconnected' }),
  'outcome: expired': sample(outcomePage, { ...own, app, outcome: 'expired' }),
  'connected apps': sample(connectionsPage, { ...own, entries: [entry, other], now }),
  'no connected apps': sample(connectionsPage, {
    ...own,
    entries: [],
    now,
    disconnected: 'Acme Dialer',
  }),
  disconnect: sample(disconnectPage, { ...own, app: entry }),
  error: sample(errorPage, {
    platformName: 'Lofty',
    status: 400,
    title: 'This link cannot be used',
    whatHappened: 'The redirect URL is not registered.',
    whoCanMend: 'Tell the makers of the app.',
    details: [{ label: 'redirect_uri sent', value: `https://acme.example/${'x'.repeat(200)}` }],
    reference: '0193c3',
    action: { href: '/docs/index.html', label: 'Read the documentation' },
  }),
  documentation: sample(docsPage, {
    platformName: 'Lofty',
    document: openApi('https://lofty.example'),
  }),
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
  mail: sample(mailPage, { platformName: 'Lofty', mails: [{ to: email, ...code, at: now }] }),
  'no mail': sample(mailPage, { platformName: 'Lofty', mails: [] }),
} as const satisfies Record<string, Sample>

export type PageName = keyof typeof samples

export const pageNames = Object.keys(samples) as PageName[]

export function drawn(name: PageName, change: (text: string) => string = text => text): Html {
  const { view, draw }: Sample = samples[name]
  return draw(mapTexts(view, change) as never)
}

/** Texts that select a branch, and names of things on the wire, stay as they are. */
const kept = new Set(['outcome', 'mode', 'security', 'in', '$ref'])

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map(item => mapTexts(item, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      kept.has(key) ? item : mapTexts(item, change),
    ]),
  )
}
