/** What an owner fills in about the company, checked field by field. */
import { isContactEmail, isPhone } from './contact.ts'
import type { QualificationRow } from './qualification.ts'

export interface QualificationForm {
  readonly name: string
  readonly website: string
  readonly privacyUrl: string
  readonly contactName: string
  readonly contactTitle: string
  readonly contactEmail: string
  readonly contactPhone: string
}

export function rowOf(form: QualificationForm): QualificationRow {
  return {
    name: form.name,
    website: form.website,
    privacy_url: form.privacyUrl,
    contact_name: form.contactName,
    contact_title: form.contactTitle,
    contact_email: form.contactEmail,
    contact_phone: form.contactPhone,
  }
}

export function formOf(row: QualificationRow): QualificationForm {
  return {
    name: row.name,
    website: row.website,
    privacyUrl: row.privacy_url,
    contactName: row.contact_name,
    contactTitle: row.contact_title,
    contactEmail: row.contact_email,
    contactPhone: row.contact_phone,
  }
}

/** What is wrong with it, field by field; none when it can be submitted. */
export function qualificationProblems(
  about: Partial<QualificationForm>,
): Partial<Record<keyof QualificationForm, string>> {
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
