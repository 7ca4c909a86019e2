/**
 * A vendor's qualification: who the company is, and whether a reviewer has let it in.
 *
 *   state      may become                    by
 *   draft      in_review                     the vendor's owner, who submits
 *   in_review  approved, declined            a reviewer, with a reason where it is declined
 *   approved   in_review                     the owner, who changes something: apps live on meanwhile
 *   declined   in_review                     the owner, who submits again
 *
 * Vendors that the operator makes on the command line are approved: that is the operator's word.
 */
import { type Actor, audit } from '../connection/audit.ts'
import type { Store, Transaction } from '../store/store.ts'
import { announceVendorStop } from './stop.ts'

export type QualificationState = 'draft' | 'in_review' | 'approved' | 'declined'

export interface Vendor {
  readonly id: number
  readonly name: string
  readonly state: QualificationState
  readonly website: string
  readonly privacy_url: string
  readonly contact_name: string
  readonly contact_title: string
  readonly contact_email: string
  readonly contact_phone: string
  readonly submitted_at: number | null
  readonly decided_at: number | null
  /** The reviewer's words for the last decision. */
  readonly reason: string
  readonly created_at: number
  readonly suspended_at: number | null
}

/** What an owner fills in. */
export interface Qualification {
  readonly name: string
  readonly website: string
  readonly privacyUrl: string
  readonly contactName: string
  readonly contactTitle: string
  readonly contactEmail: string
  readonly contactPhone: string
}

const columns = `v.id, v.name, v.state, v.website, v.privacy_url, v.contact_name, v.contact_title,
  v.contact_email, v.contact_phone, v.submitted_at, v.decided_at, v.reason, v.created_at,
  v.suspended_at`

export async function findVendor(store: Store, id: number): Promise<Vendor | null> {
  const [vendor] = await store.read<Vendor>(`select ${columns} from vendor v where v.id = $1`, id)
  return vendor ?? null
}

/** The vendors that wait for a reviewer, the one that waits longest first. */
export function waitingVendors(store: Store): Promise<Vendor[]> {
  return store.read<Vendor>(
    `select ${columns} from vendor v where v.state = 'in_review' order by v.submitted_at, v.id`,
  )
}

/** What is wrong with it, field by field; none when it can be submitted. */
export function qualificationProblems(
  about: Partial<Qualification>,
): Partial<Record<keyof Qualification, string>> {
  const text = (value: string | undefined, most: number, missing: string) => {
    const length = value?.trim().length ?? 0
    if (length === 0) return missing
    return length > most ? `Use at most ${most} characters.` : undefined
  }
  const problems = {
    name: text(about.name, 80, 'Enter the company’s name.'),
    website: webProblem(about.website, 'Enter the company’s website.'),
    privacyUrl: webProblem(about.privacyUrl, 'Enter the address of the privacy policy.'),
    contactName: text(about.contactName, 120, 'Enter your full name.'),
    contactTitle: text(about.contactTitle, 120, 'Enter your title, like Head of Product.'),
    contactEmail: isContactEmail(about.contactEmail) ? undefined : 'Enter an email address.',
    contactPhone: isPhone(about.contactPhone)
      ? undefined
      : 'Enter a phone number with its country.',
  }
  return Object.fromEntries(Object.entries(problems).filter(([, problem]) => problem))
}

/** Why a text is no address of a web page, or `undefined`. */
export function webProblem(value: string | undefined, missing: string): string | undefined {
  const text = value?.trim() ?? ''
  if (text === '') return missing
  const url = URL.parse(text)
  const fine = url?.protocol === 'https:' && url.hostname.includes('.') && !url.username
  return fine && text.length <= 500 ? undefined : 'Enter a whole address that begins with https://.'
}

function isContactEmail(value: string | undefined): boolean {
  return /^[^\s@<>"',;:()[\]\\]{1,200}@[^\s@<>"',;:()[\]\\]+\.[^\s@]{2,}$/.test(value?.trim() ?? '')
}

function isPhone(value: string | undefined): boolean {
  const text = value?.trim() ?? ''
  return /^\+?[\d\s().-]{6,24}$/.test(text) && text.replaceAll(/\D/g, '').length >= 6
}

/** What came of a change that others may have been quicker with. */
export type Outcome = 'done' | 'taken' | 'changed meanwhile'

/**
 * Writes what the owner filled in, and submits it. `taken`: another vendor has the name; `changed
 * meanwhile`: a reviewer has it before them right now.
 */
export function submitQualification(
  store: Store,
  { vendorId, about, actor }: { vendorId: number; about: Qualification; actor: Actor },
  now: number,
): Promise<Outcome> {
  return store.write(async tx => {
    if (await isNameTaken(tx, about.name, vendorId)) return 'taken'
    const [row] = await tx.run(
      `update vendor set name = $2, website = $3, privacy_url = $4, contact_name = $5,
         contact_title = $6, contact_email = $7, contact_phone = $8, state = 'in_review',
         submitted_at = $9, reason = ''
       where id = $1 and state in ('draft', 'approved', 'declined') returning id`,
      vendorId,
      ...values(about),
      now,
    )
    if (!row) return 'changed meanwhile'
    await audit(tx, { at: now, kind: 'vendor.submitted', actor, vendorId })
    return 'done'
  })
}

function values(about: Qualification): string[] {
  const { name, website, privacyUrl, contactName, contactTitle, contactEmail, contactPhone } = about
  return [name, website, privacyUrl, contactName, contactTitle, contactEmail, contactPhone].map(
    value => value.trim(),
  )
}

async function isNameTaken(tx: Transaction, name: string, vendorId: number): Promise<boolean> {
  const [other] = await tx.run(
    'select id from vendor where lower(name) = lower($1) and id <> $2',
    name.trim(),
    vendorId,
  )
  return other !== undefined
}

/** A reviewer's decision; `false` when it is not (or no longer) in review, or was submitted anew since. */
export function decideQualification(
  store: Store,
  decision: {
    readonly vendorId: number
    /** `submitted_at` of what the reviewer has seen. */
    readonly seen: number
    readonly approve: boolean
    readonly reason: string
    readonly actor: Actor
  },
  now: number,
): Promise<boolean> {
  const { vendorId, seen, approve, reason, actor } = decision
  return store.write(async tx => {
    const [row] = await tx.run(
      `update vendor set state = $3, decided_at = $4, reason = $5
       where id = $1 and state = 'in_review' and submitted_at = $2 returning id`,
      vendorId,
      seen,
      approve ? 'approved' : 'declined',
      now,
      reason.trim(),
    )
    if (!row) return false
    const kind = approve ? 'vendor.approved' : 'vendor.declined'
    await audit(tx, { at: now, kind, actor, vendorId, detail: reason.trim().slice(0, 500) })
    return true
  })
}

/** Stops a vendor: every app and connection of it, for every request that starts after the answer. */
export function suspendVendor(
  store: Store,
  { vendorId, suspended, actor }: { vendorId: number; suspended: boolean; actor: Actor },
  now: number,
): Promise<boolean> {
  return store.write(async tx => {
    const [row] = suspended
      ? await tx.run(
          'update vendor set suspended_at = $2 where id = $1 and suspended_at is null returning id',
          vendorId,
          now,
        )
      : await tx.run(
          'update vendor set suspended_at = null where id = $1 and suspended_at is not null returning id',
          vendorId,
        )
    if (!row) return false
    const kind = suspended ? 'vendor.suspended' : 'vendor.resumed'
    await audit(tx, { at: now, kind, actor, vendorId })
    await announceVendorStop(tx, { vendorId, suspended }, now)
    return true
  })
}
