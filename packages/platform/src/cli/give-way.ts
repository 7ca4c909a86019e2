/** Commands that tidy up, and that nobody waits for, run beside a server that people do wait for: it goes first. */
import { constants, getPriority, setPriority } from 'node:os'

const { PRIORITY_BELOW_NORMAL: belowNormal } = constants.priority

const patient: ReadonlySet<string | undefined> = new Set(['purge', 'keys'])

/**
 * Lowers this process's priority where the command can wait. To be called before anything large is loaded:
 * that takes as long as the command. Below normal, not the lowest: a purge holds the write lock of an
 * SQLite file while it deletes.
 */
export function giveWay([command]: readonly string[]): void {
  if (!patient.has(command)) return
  try {
    if (getPriority() < belowNormal) setPriority(belowNormal)
  } catch {
    // Where a system does not allow that, the command runs at the usual priority.
  }
}
