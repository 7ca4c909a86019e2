/** The audit trail: every change of state writes one event in the transaction that makes the change. */
import type { Transaction } from '../store/store.ts'

/** Who did it: a person, an app with its credentials, the command line, or the platform by itself. */
export type Actor = `account:${number}` | `app:${number}` | 'operator' | 'platform'

export interface AuditEvent {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** `connection.authorized`, `app.suspended`, …: noun and past tense. */
  readonly kind: string
  readonly actor: Actor
  readonly connectionId?: Uint8Array
  readonly appId?: number
  readonly accountId?: number
  readonly vendorId?: number
  /** A few words more; never a secret. */
  readonly detail?: string
}

const insert = `
  insert into audit_event (at, kind, actor, connection_id, app_id, account_id, vendor_id, detail)
  values ($1, $2, $3, $4, $5, $6, $7, $8)`

/** Writes the event; a state change without one is a defect. */
export async function audit(tx: Transaction, event: AuditEvent): Promise<void> {
  await tx.run(
    insert,
    event.at,
    event.kind,
    event.actor,
    event.connectionId ?? null,
    event.appId ?? null,
    event.accountId ?? null,
    event.vendorId ?? null,
    event.detail ?? '',
  )
}
