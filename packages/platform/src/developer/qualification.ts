/**
 * A vendor's qualification: who the company is, and whether a reviewer has let it in. `transitions` is the
 * whole of its life; no other change of state exists.
 *
 * What a reviewer has approved stays as it is, on consent pages too, until a reviewer has approved the
 * change: what waits meanwhile is a row of its own. Vendors that the operator makes on the command line
 * are approved: that is the operator's word.
 */
import { type Actor, audit } from '../connection/audit.ts'
import type { Store, Transaction } from '../store/store.ts'

export type QualificationState =
  | 'draft'
  | 'in_review'
  | 'approved'
  | 'change_in_review'
  | 'declined'

export type QualificationAction = 'submit' | 'approve' | 'decline'

/** From where an action leads. A change that is declined leaves what was approved. */
export const transitions: Readonly<
  Record<QualificationAction, Partial<Record<QualificationState, QualificationState>>>
> = {
  submit: { draft: 'in_review', declined: 'in_review', approved: 'change_in_review' },
  approve: { in_review: 'approved', change_in_review: 'approved' },
  decline: { in_review: 'declined', change_in_review: 'approved' },
}

/** What an owner fills in: columns of `vendor`, and of `vendor_change` alike. */
export const qualificationNames = [
  'name',
  'website',
  'privacy_url',
  'contact_name',
  'contact_title',
  'contact_email',
  'contact_phone',
] as const

export type QualificationRow = { readonly [K in (typeof qualificationNames)[number]]: string }

export interface Vendor extends QualificationRow {
  readonly id: number
  readonly state: QualificationState
  readonly submitted_at: number | null
  readonly decided_at: number | null
  /** The reviewer's words for what was declined last. */
  readonly reason: string
  readonly created_at: number
  readonly suspended_at: number | null
}

/** Whether a reviewer has let the company in; a change of it that waits does not shut it out. */
export function isApproved({ state }: Pick<Vendor, 'state'>): boolean {
  return state === 'approved' || state === 'change_in_review'
}

export function isWaiting({ state }: Pick<Vendor, 'state'>): boolean {
  return state === 'in_review' || state === 'change_in_review'
}

const names = qualificationNames.join(', ')

/** All of a vendor's columns, of a table named `v`. */
export const vendorColumns = `v.id, ${qualificationNames.map(name => `v.${name}`).join(', ')}, v.state,
  v.submitted_at, v.decided_at, v.reason, v.created_at, v.suspended_at`

export async function findVendor(store: Store, id: number): Promise<Vendor | null> {
  const [vendor] = await store.read<Vendor>(
    `select ${vendorColumns} from vendor v where v.id = $1`,
    id,
  )
  return vendor ?? null
}

/** What an approved vendor would like to say instead, while that waits; `null` when nothing does. */
export async function findChange(store: Store, vendorId: number): Promise<QualificationRow | null> {
  const [change] = await store.read<QualificationRow>(
    `select ${names} from vendor_change where vendor_id = $1`,
    vendorId,
  )
  return change ?? null
}

/** What came of a change that others may have been quicker with. */
export type Outcome = 'done' | 'taken' | 'changed meanwhile'

/**
 * Writes what the owner filled in, and submits it. `taken`: another vendor has the name; `changed
 * meanwhile`: a reviewer has it before them right now.
 */
export function submitQualification(
  store: Store,
  { vendorId, about, actor }: { vendorId: number; about: QualificationRow; actor: Actor },
  now: number,
): Promise<Outcome> {
  return naming(store, { vendorId, name: about.name }, async tx => {
    const state = await lock(tx, vendorId)
    const next = state && transitions.submit[state]
    if (!next) return 'changed meanwhile'
    if (await isNameTaken(tx, about.name, vendorId)) return 'taken'
    if (next === 'change_in_review') await writeChange(tx, vendorId, about)
    else await writeLive(tx, vendorId, about)
    await tx.run(
      `update vendor set state = $2, submitted_at = $3, reason = '' where id = $1`,
      vendorId,
      next,
      now,
    )
    await audit(tx, { at: now, kind: 'vendor.submitted', actor, vendorId })
    return 'done'
  })
}

export interface Decision {
  readonly vendorId: number
  /** `submitted_at` of what the reviewer has seen. */
  readonly seen: number
  readonly approve: boolean
  readonly reason: string
  readonly actor: Actor
}

/**
 * A reviewer's decision. `changed meanwhile`: it is not (or no longer) in review, or was submitted anew
 * since; `taken`: another vendor has got the name that was asked for.
 */
export async function decideQualification(
  store: Store,
  decision: Decision,
  now: number,
): Promise<Outcome> {
  const { vendorId, seen, approve, reason, actor } = decision
  const name = (await findChange(store, vendorId))?.name ?? ''
  return naming(store, { vendorId, name }, async tx => {
    const state = await lock(tx, vendorId, seen)
    const next = state && transitions[approve ? 'approve' : 'decline'][state]
    if (!next) return 'changed meanwhile'
    const [change] = await tx.run<QualificationRow>(
      `delete from vendor_change where vendor_id = $1 returning ${names}`,
      vendorId,
    )
    if (change && approve) await writeLive(tx, vendorId, change)
    await tx.run(
      'update vendor set state = $2, decided_at = $3, reason = $4 where id = $1',
      vendorId,
      next,
      now,
      approve ? '' : reason.trim(),
    )
    const kind = approve ? 'vendor.approved' : 'vendor.declined'
    await audit(tx, { at: now, kind, actor, vendorId, detail: reason.trim().slice(0, 500) })
    return 'done'
  })
}

/** Whoever comes second waits here, and then sees what the first has done. */
async function lock(
  tx: Transaction,
  vendorId: number,
  seen?: number,
): Promise<QualificationState | null> {
  const [row] = await tx.run<{ state: QualificationState; submitted_at: number | null }>(
    'update vendor set state = state where id = $1 returning state, submitted_at',
    vendorId,
  )
  return row && (seen === undefined || row.submitted_at === seen) ? row.state : null
}

/** Names are unique: of two vendors that ask for one at the same moment, the second is told so. */
async function naming(
  store: Store,
  { vendorId, name }: { vendorId: number; name: string },
  step: (tx: Transaction) => Promise<Outcome>,
): Promise<Outcome> {
  try {
    return await store.write(step)
  } catch (error) {
    if (await store.write(tx => isNameTaken(tx, name, vendorId))) return 'taken'
    throw error
  }
}

async function isNameTaken(tx: Transaction, name: string, vendorId: number): Promise<boolean> {
  const [other] = await tx.run(
    'select id from vendor where lower(name) = lower($1) and id <> $2',
    name.trim(),
    vendorId,
  )
  return other !== undefined
}

const assignments = qualificationNames.map((name, i) => `${name} = $${i + 2}`).join(', ')
const places = qualificationNames.map((_, i) => `$${i + 2}`).join(', ')

async function writeLive(tx: Transaction, id: number, about: QualificationRow): Promise<void> {
  await tx.run(`update vendor set ${assignments} where id = $1`, id, ...valuesOf(about))
}

async function writeChange(tx: Transaction, id: number, about: QualificationRow): Promise<void> {
  await tx.run(
    `insert into vendor_change (vendor_id, ${names}) values ($1, ${places})`,
    id,
    ...valuesOf(about),
  )
}

function valuesOf(about: QualificationRow): string[] {
  return qualificationNames.map(name => about[name].trim())
}
