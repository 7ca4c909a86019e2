/** A view of every page, as it is used, and the means to draw it with other texts. */
import { openApi } from '../../src/docs.ts'
import { connectionsPage, disconnectPage } from '../../src/pages/connections.ts'
import { consentPage } from '../../src/pages/consent.ts'
import { activityPage } from '../../src/pages/developer/activity.ts'
import { playgroundPage } from '../../src/pages/developer/playground.ts'
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
  redirect_uris: '[]',
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
  mail: sample(mailPage, { platformName: 'Lofty', mails: [{ to: email, ...code, at: now }] }),
  'no mail': sample(mailPage, { platformName: 'Lofty', mails: [] }),
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
} as const satisfies Record<string, Sample>

export type PageName = keyof typeof samples

export const pageNames = Object.keys(samples) as PageName[]

export function drawn(name: PageName, change: (text: string) => string = text => text): Html {
  const { view, draw }: Sample = samples[name]
  return draw(mapTexts(view, change) as never)
}

/** Texts that select a branch, and names of things on the wire, stay as they are. */
const kept = new Set([
  'outcome',
  'endpoint',
  'step',
  'verdict',
  'period',
  'show',
  'door',
  'mode',
  'security',
  'in',
  '$ref',
])

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(item => mapTexts(item, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      kept.has(key) ? item : mapTexts(item, change),
    ]),
  )
}
