/** Commands that nobody waits for run beside a server that people do wait for: the server goes first. */
import { constants, setPriority } from 'node:os'

/** Not the purge: while it writes, a server that wants to write on the same SQLite file waits for it. */
const patient: ReadonlySet<string | undefined> = new Set(['keys', 'doctor'])

/** Lowers this process's priority where the command can wait. To be called before anything is loaded. */
export function giveWay([command]: readonly string[]): void {
  if (!patient.has(command)) return
  try {
    setPriority(constants.priority.PRIORITY_LOW)
  } catch {
    // Where a system does not allow that, the command runs as any other.
  }
}
