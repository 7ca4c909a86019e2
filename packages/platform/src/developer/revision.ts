/**
 * The life of an app, from its first line to a change of the live one. What waits for a reviewer is a
 * revision: at most one for an app. `transitions` is the whole of it; no other change of state exists.
 *
 * An app in development has no live settings to protect: its edits take effect at once, and its revision
 * is what was submitted. A live app stays as it is until its revision is approved and published.
 */
import { type Actor, audit } from '../connection/audit.ts'
import type { Store, Transaction } from '../store/store.ts'
import { announce, hearingApp } from '../webhooks/outbox.ts'
import type { App } from './app.ts'
import { keepLogo } from './logo.ts'

export type RevisionState = 'draft' | 'in_review' | 'changes_requested' | 'declined' | 'approved'

/** The part of an app that a revision changes: columns of `app` and of `app_revision` alike. */
export const settingNames = [
  'name',
  'description',
  'website',
  'logo',
  'redirect_uris',
  'permissions',
  'contact_name',
  'contact_email',
  'contact_phone',
] as const

/**
 * `redirect_uris` is a JSON array; `permissions` are names from the catalogue, separated by spaces; `logo`
 * is the hash of one, or empty.
 */
export type AppSettings = { readonly [K in (typeof settingNames)[number]]: string }

export interface Revision extends AppSettings {
  readonly app_id: number
  readonly state: RevisionState
  readonly submitted_at: number | null
  readonly decided_at: number | null
  /** The reviewer's words for the last decision. */
  readonly reason: string
}

export type Action =
  | 'edit'
  | 'submit'
  | 'withdraw'
  | 'discard'
  | 'publish'
  | 'approve'
  | 'decline'
  | 'request_changes'

type Place = `${'development' | 'production'} ${RevisionState | 'none'}`

/** From where an action leads, and what the revision is then; `none` where there is none any more. */
export const transitions: Readonly<Record<Action, Partial<Record<Place, RevisionState | 'none'>>>> =
  {
    edit: {
      'development none': 'none',
      'development changes_requested': 'changes_requested',
      'development declined': 'declined',
      'production none': 'draft',
      'production draft': 'draft',
      'production changes_requested': 'draft',
      'production declined': 'draft',
      'production approved': 'draft',
    },
    submit: {
      'development none': 'in_review',
      'development changes_requested': 'in_review',
      'development declined': 'in_review',
      'production draft': 'in_review',
      'production changes_requested': 'in_review',
      'production declined': 'in_review',
    },
    withdraw: { 'development in_review': 'none', 'production in_review': 'draft' },
    discard: {
      'production draft': 'none',
      'production changes_requested': 'none',
      'production declined': 'none',
      'production approved': 'none',
    },
    publish: { 'production approved': 'none' },
    // The first approval is what makes the app live: there is nothing yet to publish over.
    approve: { 'development in_review': 'none', 'production in_review': 'approved' },
    decline: { 'development in_review': 'declined', 'production in_review': 'declined' },
    request_changes: {
      'development in_review': 'changes_requested',
      'production in_review': 'changes_requested',
    },
  }

/** Where an app stands. */
export function placeOf(app: Pick<App, 'mode'>, revision: Revision | null): Place {
  return `${app.mode} ${revision?.state ?? 'none'}`
}

/** What can be done with the app as it stands. */
export function actionsAt(place: Place): readonly Action[] {
  return (Object.keys(transitions) as Action[]).filter(action => transitions[action][place])
}

const settingColumns = settingNames.join(', ')
const columns = `app_id, state, submitted_at, decided_at, reason, ${settingColumns}`

const byApp = `select ${columns} from app_revision where app_id = $1`

export async function findRevision(store: Store, appId: number): Promise<Revision | null> {
  const [revision] = await store.read<Revision>(byApp, appId)
  return revision ?? null
}

export interface Step {
  readonly app: App
  readonly action: Action
  readonly actor: Actor
  /** `version` of the app that whoever acts has seen: it counts the steps. */
  readonly seen: number
  /** With `edit`. */
  readonly settings?: AppSettings
  /** With a reviewer's decision. */
  readonly reason?: string
}

/**
 * Takes one step, or answers `false` when the app does not stand where it stood: somebody was quicker.
 * The step, what it does to the app, and its audit event are one change.
 */
export function takeStep(store: Store, step: Step, now: number): Promise<boolean> {
  const { app, action, actor, seen } = step
  return store.write(async tx => {
    // Whoever comes second waits here, and then sees what the first has done.
    const [live] = await tx.run<Live>(lockApp, app.id)
    const [revision = null] = await tx.run<Revision>(byApp, app.id)
    if (live?.version !== seen) return false
    const next = transitions[action][placeOf(live, revision)]
    if (!next) return false
    const wanted = settingsAfter(step, live, revision)
    const logo = action === 'edit' ? await keepLogo(tx, wanted.logo, now) : wanted.logo
    const settings = { ...wanted, logo }
    const after = changesLive(action, live) ? settings : live
    await writeLive(tx, app.id, { action, settings: after })
    if (next === 'none') await tx.run('delete from app_revision where app_id = $1', app.id)
    else await writeRevision(tx, { ...step, settings, next }, now)
    const detail = step.reason?.trim().slice(0, 500) ?? ''
    const kind = `app.${events[action]}`
    await audit(tx, { at: now, kind, actor, appId: app.id, vendorId: app.vendor_id, detail })
    if (action === 'approve') await announceApproval(tx, { ...live, id: app.id }, now)
    return true
  })
}

async function announceApproval(
  tx: Transaction,
  { id: appId, mode }: Pick<App, 'id' | 'mode'>,
  at: number,
): Promise<void> {
  const client_id = await hearingApp(tx, appId)
  if (client_id === null) return
  const data = { client_id, change: mode === 'production' }
  await announce(tx, { appId, type: 'app.approved', data, lane: client_id, at })
}

const events: Readonly<Record<Action, string>> = {
  edit: 'edited',
  submit: 'submitted',
  withdraw: 'withdrawn',
  discard: 'discarded',
  publish: 'published',
  approve: 'approved',
  decline: 'declined',
  request_changes: 'changes_requested',
}

type Live = AppSettings & Pick<App, 'mode' | 'version'>

const lockApp = `update app set client_id = client_id where id = $1
  returning mode, version, ${settingColumns}`

function settingsAfter(
  { action, settings }: Step,
  live: Live,
  revision: Revision | null,
): AppSettings {
  if (action === 'edit' && settings) return settings
  // What is submitted in development is what the app is by then.
  return action === 'submit' && live.mode === 'development' ? live : (revision ?? live)
}

function changesLive(action: Action, { mode }: Live): boolean {
  return (
    action === 'publish' || (mode === 'development' && (action === 'edit' || action === 'approve'))
  )
}

const assignments = settingNames.map((name, i) => `${name} = $${i + 3}`).join(', ')
const updateLive = `update app set version = version + 1, ${assignments},
  mode = case when $2 = 'approve' then 'production' else mode end where id = $1`

async function writeLive(
  tx: Transaction,
  appId: number,
  { action, settings }: { action: Action; settings: AppSettings },
): Promise<void> {
  await tx.run(updateLive, appId, action, ...settingNames.map(name => settings[name]))
}

const places = settingNames.map((_, i) => `$${i + 7}`).join(', ')
const excluded = settingNames.map(name => `${name} = excluded.${name}`).join(', ')
// The reviewer's words stay in sight while they are being answered.
const insertRevision = `insert into app_revision (${columns})
  values ($1, $2, $3, $4, $5, ${places})
  on conflict (app_id) do update set state = excluded.state, ${excluded},
    submitted_at = coalesce(excluded.submitted_at, app_revision.submitted_at),
    decided_at = excluded.decided_at,
    reason = case when $6 = 'edit' then app_revision.reason else excluded.reason end`

async function writeRevision(
  tx: Transaction,
  step: Step & { settings: AppSettings; next: RevisionState },
  now: number,
): Promise<void> {
  const { app, settings, next, action, reason = '' } = step
  const decided = action === 'approve' || action === 'decline' || action === 'request_changes'
  await tx.run(
    insertRevision,
    app.id,
    next,
    action === 'submit' ? now : null,
    decided ? now : null,
    reason.trim(),
    action,
    ...settingNames.map(name => settings[name]),
  )
}
