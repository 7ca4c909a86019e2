/** The person whom the platform may ask about a company or an app: how their name and addresses look. */

const emailForm = /^[^\s@<>"',;:()[\]\\]{1,200}@[^\s@<>"',;:()[\]\\]+\.[^\s@]{2,}$/

export function isContactEmail(value: string | undefined): boolean {
  return emailForm.test(value?.trim() ?? '')
}

export function isPhone(value: string | undefined): boolean {
  const text = value?.trim() ?? ''
  return /^\+?[\d\s().-]{6,24}$/.test(text) && text.replaceAll(/\D/g, '').length >= 6
}

interface Contact {
  readonly contactName: string
  readonly contactEmail: string
  /** May be left out. */
  readonly contactPhone: string
}

/** What is wrong with an app's primary contact, field by field. */
export function contactProblems(contact: Contact): Partial<Record<keyof Contact, string>> {
  const { contactName, contactEmail, contactPhone } = contact
  return {
    ...(contactName === '' && { contactName: 'Enter the name of somebody we can ask.' }),
    ...(contactName.length > 120 && { contactName: 'Use at most 120 characters.' }),
    ...(!isContactEmail(contactEmail) && { contactEmail: 'Enter an email address.' }),
    ...(contactPhone !== '' &&
      !isPhone(contactPhone) && { contactPhone: 'Enter a phone number with its country.' }),
  }
}
