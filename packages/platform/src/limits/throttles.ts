/** What is limited, and how far: each throttle has a name of its own among the counters. */
import type { Settings } from '../settings.ts'
import type { Counters } from './counters.ts'
import { createThrottle, type Throttle } from './throttle.ts'

export interface Throttles {
  readonly failedAppAuth: Throttle
  readonly failedSignIn: Throttle
  /** Six digits of authenticator apps, per account, from wherever. */
  readonly failedDigits: Throttle
  /** Mails with codes, per address they go to and per client that asks. */
  readonly mails: Throttle
  /** Pictures, per account that sends them. */
  readonly uploads: Throttle
  /** Invitations of colleagues, per company. */
  readonly invitations: Throttle
  /** Webhooks that are sent by hand, tests and once more, per app. */
  readonly webhooksByHand: Throttle
  /** Mails that nobody waits for, per account. */
  readonly ofNotices: Throttle
}

const mailLimit = { points: 5, seconds: 900 }
const uploadLimit = { points: 20, seconds: 900 }
const invitationLimit = { points: 30, seconds: 86_400 }
const byHandLimit = { points: 60, seconds: 900 }
const noticeLimit = { points: 20, seconds: 3_600 }
/** Three of a million codes are right at a time: a hundred tries a day need six years for an even chance. */
const digitsLimit = { points: 100, seconds: 86_400 }

/** Without a limit on sign-ins (`off`, for tests) people are not limited at all. */
export function createThrottles(
  counters: Counters,
  { limitSignIn, limitAppAuth }: Pick<Settings, 'limitSignIn' | 'limitAppAuth'>,
): Throttles {
  return {
    failedAppAuth: createThrottle(counters, 'app-auth', limitAppAuth),
    failedSignIn: createThrottle(counters, 'sign-in', limitSignIn),
    failedDigits: createThrottle(counters, 'digits', limitSignIn && digitsLimit),
    mails: createThrottle(counters, 'mail', limitSignIn && mailLimit),
    uploads: createThrottle(counters, 'upload', limitSignIn && uploadLimit),
    invitations: createThrottle(counters, 'invitation', limitSignIn && invitationLimit),
    webhooksByHand: createThrottle(counters, 'webhook', limitSignIn && byHandLimit),
    ofNotices: createThrottle(counters, 'notice', limitSignIn && noticeLimit),
  }
}
