/**
 * The marks by which it is found out whether a transaction has committed when the answer to its COMMIT got
 * lost. Each writer has a slot of its own and leaves a higher mark there with each transaction. A new
 * connection waits until nothing holds the slot any more, then looks. When the transaction has not got
 * that far, the mark after it is put there instead, and it fails when it comes to leave its own. (The
 * transaction's number would not do: after a crash PostgreSQL may give it to another one.)
 */
import { prepared } from './postgres-statement.ts'

/** Where the marks are: a row for each writer, of which there are a few in each process. */
export const markTable = `create table if not exists commit_mark (
  slot text primary key, mark bigint not null, at timestamptz not null default now())`

/** Fails, by a division by zero, when a later mark stands: then the transaction has been given up. */
export const leaveMark = prepared(
  `insert into commit_mark (slot, mark) values ($1, $2)
   on conflict (slot) do update
   set mark = excluded.mark / (commit_mark.mark < excluded.mark)::int, at = now()`,
)

/**
 * Answers the mark when it stands. When an earlier one does, puts the next one there. Never goes back: it
 * may itself come late, when the writer is at later marks already.
 */
export const settleMark = prepared(
  `insert into commit_mark (slot, mark) values ($1, $2::bigint + 1)
   on conflict (slot) do update
   set mark = greatest(commit_mark.mark, $2::bigint + (commit_mark.mark < $2::bigint)::int), at = now()
   returning mark`,
)
