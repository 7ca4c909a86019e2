/** The drastic steps of a reviewer: each is asked once more, with what will happen to how many. */

export type Drastic = 'suspend' | 'resume' | 'disconnect'

export function isDrastic(action: string | undefined): action is Drastic {
  return action === 'suspend' || action === 'resume' || action === 'disconnect'
}
