/** A view of every page, as it is used, and the means to draw it with other texts. */

import { openApi } from '../../src/openapi.ts'
import { confirmPage } from '../../src/pages/account/confirm.ts'
import { historyPage } from '../../src/pages/account/history.ts'
import { passkeySignInPage } from '../../src/pages/account/passkey-sign-in.ts'
import { secondFactorPage } from '../../src/pages/account/second-factor.ts'
import { securityPage } from '../../src/pages/account/security.ts'
import {
  addPasskeyPage,
  askPage,
  passwordPage,
  qrPicture,
  recoveryCodesPage,
  setUpPage,
} from '../../src/pages/account/security-steps.ts'
import { sessionsPage } from '../../src/pages/account/sessions.ts'
import { connectionsPage, disconnectPage } from '../../src/pages/connections.ts'
import { consentPage } from '../../src/pages/consent.ts'
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
import { activitySamples } from './activity-samples.ts'
import { developerSamples } from './developer-samples.ts'
import { type Sample, sample } from './sample.ts'
import { webhookSamples } from './webhook-samples.ts'

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

const passkey = { question: '{"challenge":"AAAA"}', seal: 'the-seal' }
const doubtAt = (field: string) => ({ doubt: { field, problem: 'That is not the code.' } })
const confirm = {
  ...frame,
  why: 'secret',
  to: 'make a new secret',
  press: 'New secret',
  continueTo: '/developer/authorizations',
}
const secondStep = { ...open, continueTo, email, authenticator: true, passkey }
const noFactors = { authenticatorSince: null, passkeys: [], codesLeft: 0, hasAny: false }
const factors = {
  authenticatorSince: now - 90 * day,
  passkeys: [
    { id: Buffer.from('one'), name: 'My phone', created_at: now - 40 * day, last_used_at: now },
    { id: Buffer.from('two'), name: 'Blue key', created_at: now - 3 * day, last_used_at: null },
  ],
  codesLeft: 2,
  hasAny: true,
}
const happened = (kind: string, ago: number, connections = 1) => ({
  at: now - ago * day,
  kind: kind as 'user',
  app_name: app.name,
  logo: '',
  vendor_name: app.vendorName,
  connections,
})
const session = {
  name: 'session-name',
  browser: 'Firefox on Windows',
  agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:146.0) Gecko/20100101 Firefox/146.0',
  since: now - 2 * day,
  seenAt: now - day,
  isThis: false,
}
const setUp = {
  ...frame,
  secret: 'JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP',
  picture: qrPicture([
    [true, true, false],
    [false, true, true],
    [true, false, true],
  ]),
  seal: 'the-seal',
}
const codes = Array.from({ length: 10 }, (_, index) => `k3f${index}-9xqm-2htw-7cdn`)

export const samples = {
  home: sample(homePage, { platformName: 'Lofty' }),
  'home, signed in': sample(homePage, frame),
  'sign in': sample(signInPage, { ...open, continueTo }),
  'sign in again': sample(signInPage, { ...open, continueTo, email, problem, appName: app.name }),
  'sign up': sample(signUpPage, {
    ...open,
    continueTo,
    developer: false,
    passwordRule,
    values: {},
    problems: {},
  }),
  'sign up again': sample(signUpPage, {
    ...open,
    continueTo,
    developer: true,
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
  history: sample(historyPage, {
    ...frame,
    events: {
      items: [
        happened('user', 0, 3),
        happened('resumed', 0.5),
        happened('suspended', 1),
        happened('replay', 2),
        happened('vendor', 3),
        happened('operator', 4),
        happened('connected', 5),
      ],
      number: 2,
      more: true,
    },
  }),
  'no history': sample(historyPage, { ...frame, events: { items: [], number: 1, more: false } }),
  sessions: sample(sessionsPage, {
    ...frame,
    sessions: {
      items: [
        { ...session, isThis: true, name: 'this' },
        session,
        { ...session, browser: 'An unknown browser', agent: '' },
      ],
      number: 2,
      more: true,
    },
    now,
    ended: 'one' as const,
  }),
  'one session': sample(sessionsPage, {
    ...frame,
    sessions: { items: [{ ...session, isThis: true }], number: 1, more: false },
    now,
  }),
  security: sample(securityPage, {
    ...frame,
    factors,
    hasPassword: true,
    now,
    done: 'The passkey is added.',
  }),
  'security, off': sample(securityPage, { ...frame, factors: noFactors, hasPassword: false, now }),
  'set up an authenticator': sample(setUpPage, setUp),
  'set up an authenticator again': sample(setUpPage, { ...setUp, problem }),
  'recovery codes': sample(recoveryCodesPage, { ...frame, codes, isFirst: true }),
  'new recovery codes': sample(recoveryCodesPage, { ...frame, codes, isFirst: false }),
  'add a passkey': sample(addPasskeyPage, {
    ...frame,
    passkey,
    name: 'Firefox on Windows',
    isFirst: true,
    problem,
  }),
  'remove a passkey': sample(askPage, {
    ...frame,
    action: '/account/security/passkeys/remove',
    title: 'Remove the passkey My phone?',
    points: ['It does not sign you in any more.', 'Your other second factors stay.'],
    button: 'Remove it',
    isDanger: true,
    fields: { passkey: 'b25l' },
  }),
  'change the password': sample(passwordPage, {
    ...frame,
    email,
    passwordRule,
    problems: { current: 'That is not your password.' },
  }),
  'second factor': sample(secondFactorPage, secondStep),
  'second factor, no passkey': sample(secondFactorPage, { ...secondStep, passkey: null }),
  'second factor, wrong code': sample(secondFactorPage, { ...secondStep, ...doubtAt('code') }),
  'second factor, wrong recovery code': sample(secondFactorPage, {
    ...secondStep,
    authenticator: false,
    ...doubtAt('recovery'),
  }),
  'sign in with a passkey': sample(passkeySignInPage, { ...open, continueTo, passkey }),
  'sign in with a passkey again': sample(passkeySignInPage, {
    ...open,
    continueTo,
    passkey,
    problem,
  }),
  'confirm by password': sample(confirmPage, { ...confirm, way: { kind: 'password' as const } }),
  'confirm by second factor': sample(confirmPage, {
    ...confirm,
    way: { kind: 'second factor' as const, authenticator: true, passkey },
    ...doubtAt('answer'),
  }),
  'confirm elsewhere': sample(confirmPage, {
    ...confirm,
    press: null,
    way: { kind: 'elsewhere' as const, provider: 'Acme' },
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
  ...webhookSamples,
  mail: sample(mailPage, { platformName: 'Lofty', mails: [{ to: email, ...code, at: now }] }),
  ...developerSamples,
  'no mail': sample(mailPage, { platformName: 'Lofty', mails: [] }),
  ...activitySamples,
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
  'state',
  'role',
  'audience',
  'redirect_uris',
  'logo',
  'what',
  'action',
  'actions',
  'kind',
  'ended',
  'path',
])

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map(item => mapTexts(item, change))
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      kept.has(key) ? item : mapTexts(item, change),
    ]),
  )
}
