/** Who signs up: what is asked of whom, and what is wrong with it, field by field. */
import { isPhone } from '../developer/contact.ts'
import { isEmail } from './account.ts'
import { localPath } from './local-path.ts'
import { passwordProblem } from './password.ts'

export type SignUpFields = {
  firstName?: string
  lastName?: string
  organization?: string
  phone?: string
  email?: string
  password?: string
}

/** Whoever only connects apps is not asked where they work; whoever is on the way to build one is. */
export function isForDeveloper(wanted: { continue?: string; for?: string }): boolean {
  return wanted.for === 'developer' || /^\/developer(?:[/?]|$)/.test(localPath(wanted.continue))
}

/** Where somebody goes afterwards. */
export function destination(wanted: { continue?: string; for?: string }): string {
  return wanted.continue === undefined && wanted.for === 'developer'
    ? '/developer'
    : localPath(wanted.continue)
}

export function signUpProblems(fields: SignUpFields, developer: boolean): SignUpFields {
  return { ...commonProblems(fields), ...(developer && developerProblems(fields)) }
}

function commonProblems({ firstName, lastName, email, password }: SignUpFields): SignUpFields {
  const problem =
    password === undefined ? 'Choose a password.' : passwordProblem(password, email ?? '')
  return {
    ...(!firstName?.trim() && { firstName: 'Enter your first name.' }),
    ...(!lastName?.trim() && { lastName: 'Enter your last name.' }),
    ...((firstName?.length ?? 0) > 80 && { firstName: 'Use at most 80 characters.' }),
    ...((lastName?.length ?? 0) > 80 && { lastName: 'Use at most 80 characters.' }),
    ...(!isEmail(email?.trim() ?? '') && {
      email: 'Enter an email address like name@example.com.',
    }),
    ...(problem && { password: problem }),
  }
}

function developerProblems({ organization, phone }: SignUpFields): SignUpFields {
  return {
    ...(!organization?.trim() && { organization: 'Enter the company you work for.' }),
    ...((organization?.length ?? 0) > 80 && { organization: 'Use at most 80 characters.' }),
    ...(!isPhone(phone) && { phone: 'Enter a phone number with its country.' }),
  }
}
