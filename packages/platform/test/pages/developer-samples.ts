/** Views of the pages of the Developer Platform and of review, as they are used. */
import type { Member } from '../../src/developer/member.ts'
import { appPage } from '../../src/pages/developer/app.ts'
import { appFormPage } from '../../src/pages/developer/app-form.ts'
import { appsPage } from '../../src/pages/developer/apps.ts'
import { colleaguePage } from '../../src/pages/developer/colleague.ts'
import { colleaguesPage, noCompanyPage } from '../../src/pages/developer/colleagues.ts'
import { invitationPage } from '../../src/pages/developer/invitation.ts'
import { qualificationPage } from '../../src/pages/developer/qualification.ts'
import { revokePage, secretPage } from '../../src/pages/developer/secret.ts'
import { reviewAppPage } from '../../src/pages/review/app.ts'
import { auditPage } from '../../src/pages/review/audit.ts'
import { queuePage, searchPage } from '../../src/pages/review/queue.ts'
import { reviewStepPage } from '../../src/pages/review/step.ts'
import { reviewVendorPage } from '../../src/pages/review/vendor.ts'
import { sample } from './sample.ts'

const now = Date.UTC(2026, 0, 5, 9)
const frame = {
  platformName: 'Lofty',
  csrf: 'csrf-token',
  signedIn: { name: 'Dana Reyes', email: 'dana@example.com' },
}

const settings = {
  name: 'Acme Dialer',
  description: 'Call your leads with one click.',
  website: 'https://acme.example/dialer',
  logo: '',
  redirect_uris: '["https://acme.example/callback"]',
  permissions: 'profile:read',
  contact_name: 'Dana Reyes',
  contact_email: 'dana@acme.example',
  contact_phone: '',
}
const app = {
  ...settings,
  id: 1,
  client_id: 'app_acme',
  vendor_id: 1,
  vendor_name: 'Acme Inc.',
  mode: 'production',
  version: 1,
  audience: 'testers',
  is_public: 0,
  rotates: 0,
  webhooks: 0,
  created_at: now,
  suspended_at: null,
  stopped_at: null,
} as const
const revision = {
  ...settings,
  app_id: 1,
  logo: '0'.repeat(64),
  name: 'Acme Caller',
  permissions: 'profile:read leads:read',
  state: 'in_review',
  submitted_at: now,
  decided_at: null,
  reason: 'Which calls?',
} as const
const about = {
  name: 'Acme Inc.',
  website: 'https://acme.example',
  privacy_url: 'https://acme.example/privacy',
  contact_name: 'Dana Reyes',
  contact_title: 'Head of Product',
  contact_email: 'dana@acme.example',
  contact_phone: '+1 555 010 0199',
}
const vendor = {
  ...about,
  id: 1,
  state: 'change_in_review',
  submitted_at: now,
  decided_at: now,
  reason: '',
  created_at: now,
  suspended_at: null,
} as const
const change = { ...about, name: 'Acme Industries' }
const member: Member = {
  id: 7,
  email: 'dana@example.com',
  first_name: 'Dana',
  last_name: 'Reyes',
  organization: 'Acme Inc.',
  phone: '+1 555 010 0199',
  is_reviewer: 0,
  created_at: now,
  deactivated_at: null,
  role: 'owner',
  joined_at: now,
}
const colleague: Member = { ...member, id: 8, email: 'mia@example.com', role: 'member' }
const invitation = { email: 'noor@example.com', role: 'member', created_at: now } as const
const invitations = [
  { ...invitation, expires_at: now + 1 },
  { ...invitation, email: 'sam@example.com', expires_at: now - 1 },
]
const secret = { id: 1, tail: 'x7Qp', created_at: now, last_used_at: now, revoked_at: null }
const catalogue = [
  { name: 'profile:read', title: 'See who you are', description: 'Your name and email.' },
  { name: 'leads:read', title: 'See your leads', description: 'Names and numbers.' },
]
const paged = <T extends object>(...items: T[]) => ({ items, number: 2, more: true })
const values = {
  ...settings,
  redirectUris: ['https://acme.example/callback', 'https://acme.example/other'],
  permissions: ['profile:read'],
  kind: 'confidential',
  contactName: 'Dana Reyes',
  contactEmail: 'dana@acme.example',
  contactPhone: '',
} as const
const entry = {
  id: 1,
  at: now,
  kind: 'app.approved',
  actor: 'account:7',
  connection_id: null,
  detail: 'Fine.',
  app_name: 'Acme Dialer',
  client_id: 'app_acme',
  vendor_name: 'Acme Inc.',
  email: 'dana@example.com',
} as const
const appView = {
  ...frame,
  app,
  revision: { ...revision, state: 'draft' as const },
  secrets: [secret, { ...secret, id: 2, last_used_at: null, revoked_at: now }],
  testers: [],
  connections: 3,
  catalogue,
  url: 'https://lofty.example',
  vendorApproved: true,
  actions: ['edit', 'submit', 'discard'] as const,
  now,
}
const team = { ...frame, vendor, members: paged(member, colleague), invitations, now }

export const developerSamples = {
  qualification: sample(qualificationPage, {
    ...frame,
    vendor: null,
    change: null,
    isOwner: true,
    values: { name: 'Acme Inc.' },
    problems: { website: 'Enter the company’s website.' },
  }),
  'qualification, a change in review': sample(qualificationPage, {
    ...frame,
    vendor,
    change,
    isOwner: true,
    values: { name: 'Acme Inc.' },
    problems: {},
  }),
  colleagues: sample(colleaguesPage, { ...team, self: 7, isOwner: true }),
  'colleagues, as a member': sample(colleaguesPage, { ...team, self: 8, isOwner: false }),
  'colleagues, a problem': sample(colleaguesPage, {
    ...team,
    self: 7,
    isOwner: true,
    entered: { email: 'mia', role: 'owner', problem: 'Enter an email address.' },
  }),
  'no company': sample(noCompanyPage, frame),
  colleague: sample(colleaguePage, { ...frame, vendor, member: colleague, self: 7, isOwner: true }),
  leaving: sample(colleaguePage, { ...frame, vendor, member: colleague, self: 8, isOwner: false }),
  invitation: sample(invitationPage, {
    ...frame,
    invitation: {
      ...invitation,
      expires_at: now,
      vendor_id: 1,
      vendor_name: 'Acme Inc.',
      inviter_email: 'dana@example.com',
    },
    token: 'the-token',
  }),
  apps: sample(appsPage, { ...frame, vendor, entries: paged({ app, revision }) }),
  'no apps': sample(appsPage, {
    ...frame,
    vendor: null,
    entries: { items: [], number: 1, more: false },
  }),
  app: sample(appPage, appView),
  'app, public, in development': sample(appPage, {
    ...appView,
    app: { ...app, mode: 'development', is_public: 1 },
    revision: null,
    secrets: [],
    testers: [{ email: 'uma@example.com', created_at: now }],
  }),
  'app form': sample(appFormPage, {
    ...frame,
    catalogue,
    values: { ...values, logo: '0'.repeat(64) },
    problems: { logo: 'This file is no picture.', redirectUri2: 'This URL cannot be registered.' },
    app,
    version: 1,
  }),
  'new secret': sample(secretPage, { ...frame, app, secret: 'lk_sk_sample', isFirst: false }),
  'revoke secret': sample(revokePage, { ...frame, app, secret, isLast: true, connections: 3 }),
  'review queue': sample(queuePage, {
    ...frame,
    vendors: paged(vendor),
    apps: paged({ ...app, submitted_at: now }),
    now,
  }),
  'review search': sample(searchPage, {
    ...frame,
    q: 'acme',
    vendors: paged(vendor),
    apps: paged(app),
  }),
  'review app': sample(reviewAppPage, {
    ...frame,
    app,
    revision,
    vendor,
    connections: 3,
    catalogue,
    problem: 'Say why.',
  }),
  'review vendor': sample(reviewVendorPage, {
    ...frame,
    vendor,
    change,
    apps: paged(app),
    members: paged(member, colleague),
  }),
  'review step': sample(reviewStepPage, {
    ...frame,
    what: 'vendor',
    fields: { vendor: '1' },
    name: 'Acme Inc.',
    action: 'suspend',
    connections: '3 connections',
    apps: '2 apps',
    ended: 20_000,
  }),
  audit: sample(auditPage, { ...frame, filter: { kind: 'app.' }, entries: [entry], next: 1 }),
} as const
