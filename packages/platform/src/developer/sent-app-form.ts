/** The form about an app as it arrives: its fields, and the logo that may come with them. */
import { readOwnUpload, type SignedIn } from '../accounts/visitor.ts'
import { PageError, RequestError } from '../error.ts'
import type { Call } from '../http.ts'
import type { ParameterTable, Upload } from '../params.ts'
import type { Parts } from '../platform.ts'
import { type AppForm, type AppProblems, appProblems, lines, permissionField } from './app-form.ts'
import { addLogo } from './logo.ts'
import { drawPicture, pictureBytesAtMost } from './picture.ts'

const fields = [
  'name',
  'description',
  'website',
  'kind',
  'logo_kept',
  'logo_removed',
  'contactName',
  'contactEmail',
  'contactPhone',
  ...lines,
]

interface SentAppForm<T extends ParameterTable> {
  readonly form: AppForm
  readonly problems: AppProblems
  readonly more: { readonly [K in keyof T]?: string }
}

/** Reads the form that `app-form` pages send; `more` are further fields of it. */
export async function readAppForm<T extends ParameterTable>(
  parts: Parts,
  call: Call,
  { visitor, more }: { visitor: SignedIn; more: T },
): Promise<SentAppForm<T>> {
  const { catalogue } = parts
  const named = [...fields, ...catalogue.map(({ name }) => permissionField(name))]
  const table = {
    ...more,
    ...Object.fromEntries(named.map(name => [name, { description: 'As the form says.' }])),
  }
  const upload = { visitor, field: 'logo', bytesAtMost: pictureBytesAtMost }
  const { params, file } = await readOwnUpload(table, call, upload).catch(error => {
    throw error instanceof RequestError && error.status === 413 ? fileTooLarge() : error
  })
  const sent: Record<string, string | undefined> = params
  const text = (name: string) => sent[name]?.trim() ?? ''
  const { logo, problem } = await logoOf(parts, { sent, file, visitor })
  const form: AppForm = {
    name: text('name'),
    description: text('description'),
    website: text('website'),
    redirectUris: lines.map(text),
    permissions: catalogue.flatMap(({ name }) => (sent[permissionField(name)] ? name : [])),
    kind: sent.kind === 'public' ? 'public' : 'confidential',
    logo,
    contactName: text('contactName'),
    contactEmail: text('contactEmail'),
    contactPhone: text('contactPhone'),
  }
  const problems = { ...appProblems(form), ...(problem !== null && { logo: problem }) }
  return { form, problems, more: sent as { [K in keyof T]?: string } }
}

/** A new file, or none any more, or the one that the page held. */
async function logoOf(
  parts: Parts,
  about: { sent: Record<string, string | undefined>; file: Upload | null; visitor: SignedIn },
): Promise<{ logo: string; problem: string | null }> {
  const { sent, file, visitor } = about
  const held = /^[0-9a-f]{64}$/.test(sent.logo_kept ?? '') ? String(sent.logo_kept) : ''
  const logo = sent.logo_removed ? '' : held
  if (!file) return { logo, problem: null }
  if (await parts.uploads.claim(String(visitor.account.id))) {
    return { logo, problem: 'Too many pictures were sent. Try again in a quarter of an hour.' }
  }
  const drawn = await drawPicture(file)
  if ('problem' in drawn) return { logo, problem: drawn.problem }
  return { logo: await addLogo(parts.store, drawn.png, parts.now()), problem: null }
}

function fileTooLarge(): PageError {
  return new PageError(413, {
    title: 'This file is too large',
    what: 'A logo may have at most 3 MB. Nothing was changed.',
    mend: 'Go back: what you filled in is still there. Choose a smaller picture and send it again.',
  })
}
