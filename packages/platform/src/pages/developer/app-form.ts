/** Registering an application, and changing one. */
import type { App } from '../../developer/app.ts'
import { type AppForm, type AppProblems, lines, permissionField } from '../../developer/app-form.ts'
import { pictured } from '../../developer/logo.ts'
import type { Catalogue } from '../../permissions.ts'
import { field, hiddenField } from '../field.ts'
import { attributes, type Html, html } from '../html.ts'
import { icon } from '../icon.ts'
import type { Frame } from '../layout.ts'
import { appMark } from '../monogram.ts'
import { notice } from '../notice.ts'
import { developerPage } from './shell.ts'

export interface AppFormView extends Frame {
  readonly csrf: string
  readonly catalogue: Catalogue
  readonly values: AppForm
  readonly problems: AppProblems
  /** `null` for a new one. */
  readonly app: App | null
  readonly version: number
}

export function appFormPage(view: AppFormView): Html {
  const { app, csrf, values, problems, version } = view
  const title = app ? `Change ${app.name}` : 'Register an application'
  const wrong = Object.keys(problems)[0]
  const about = (name: string) => ({ name, problem: problems[name], first: name === wrong })
  const body = html`<h1>${title}</h1>
${app?.mode === 'production' && notice('caution', html`<strong>The live application stays as it is</strong> until a reviewer has approved the change and you have published it. Connections live on. If you add a permission, users are asked for it when they next connect; existing connections keep what they have.`)}
${wrong && notice('problem', 'Please look at the fields marked below.')}
<form method="post" action="${app ? '/developer/authorizations/edit' : '/developer/authorizations/new'}" enctype="multipart/form-data" class="card stack sheet">
${hiddenField('csrf', csrf)}
${app && hiddenField('app', app.client_id)}
${app && hiddenField('version', String(version))}
<h2>What users read</h2>
${field({ ...about('name'), label: 'Name', value: values.name, autocomplete: 'off', longest: 60 })}
${field({ ...about('description'), label: 'What it does, in a sentence', value: values.description, autocomplete: 'off', longest: 200, optional: true })}
${field({ ...about('website'), label: 'Website', value: values.website, type: 'url', autocomplete: 'url', optional: true, hint: 'Begins with https://' })}
${logoField(view)}
<h2>Where users come back to</h2>
<p class="field-hint">Your Authorized Redirect URLs, compared character by character. https, or http on this machine. The first one is the default.</p>
${redirectFields(view)}
${permissions(view)}
${!app && kinds(values)}
<h2>Whom we can ask about it</h2>
<p class="field-hint">The primary contact. Reviewers see it, users do not.</p>
${field({ ...about('contactName'), label: 'Contact name', value: values.contactName, autocomplete: 'name', longest: 120 })}
<div class="pair">
${field({ ...about('contactEmail'), label: 'Contact email', value: values.contactEmail, type: 'email', autocomplete: 'email' })}
${field({ ...about('contactPhone'), label: 'Contact phone', value: values.contactPhone, type: 'tel', autocomplete: 'tel', optional: true })}
</div>
<div class="actions">
<button class="button button-primary">${app ? 'Save' : 'Register'}</button>
<a class="button" href="${app ? `/developer/authorizations/app?app=${app.client_id}` : '/developer/authorizations'}">Cancel</a>
</div>
</form>`
  return developerPage(view, { tab: 'My Authorization', title, body })
}

/** The first one, and behind it room for more, which is open once it is used. */
function redirectFields({ values, problems }: AppFormView): Html {
  const wrong = Object.keys(problems)[0]
  const [first, ...more] = lines.map((name, i) =>
    field({
      name,
      label: i === 0 ? 'Authorized Redirect URL' : `Authorized Redirect URL ${i + 1}`,
      value: values.redirectUris[i],
      problem: problems[name],
      type: 'url',
      autocomplete: 'off',
      optional: i > 0,
      first: name === wrong,
    }),
  )
  const used = lines.some((name, i) => i > 0 && (values.redirectUris[i] || problems[name]))
  return html`${first}
<details class="more-fields" ${attributes({ open: used })}><summary>More redirect URLs</summary><div class="stack">${more}</div></details>`
}

/** The logo there is, another one, or none: then the letters we draw are the app's mark. */
function logoField({ values, problems }: AppFormView): Html {
  const { logo } = values
  const problem = problems.logo
  const described = problem ? 'logo-problem logo-hint' : 'logo-hint'
  const input = attributes({
    'aria-describedby': described,
    'aria-invalid': problem ? 'true' : null,
  })
  return html`<div class="field logo-field">
<label for="logo">Logo</label>
<div class="logo-row">${appMark(pictured({ name: values.name || 'App', logo }), 'large')}
<input id="logo" name="logo" type="file" accept="image/png,image/jpeg,image/webp,image/svg+xml" ${input}></div>
${problem && html`<p class="field-problem" id="logo-problem">${icon('alert')}<span>${problem}</span></p>`}
<p class="field-hint" id="logo-hint">PNG, JPEG, WebP or SVG, under 3 MB; a square looks best. Without one we draw letters.</p>
${logo !== '' && html`${hiddenField('logo_kept', logo)}<div class="box"><input type="checkbox" id="logo_removed" name="logo_removed" value="1"><label for="logo_removed">Remove the logo, and draw letters instead</label></div>`}
</div>`
}

function permissions({ catalogue, values, problems }: AppFormView): Html {
  const problem = problems.permissions
  return html`<fieldset class="boxes">
<legend>What it may do</legend>
${problem && html`<p class="field-problem">${icon('alert')}<span>${problem}</span></p>`}
${catalogue.map(({ name, title, description }) => {
  const id = permissionField(name).replaceAll(/[^\w-]/g, '-')
  const checked = attributes({ checked: values.permissions.includes(name) })
  return html`<div class="box"><input type="checkbox" id="${id}" name="${permissionField(name)}" value="1" ${checked}><label for="${id}"><strong>${title}</strong> <code>${name}</code><span>${description}</span></label></div>`
})}
</fieldset>`
}

const choices = [
  ['confidential', 'On a server of yours', 'It keeps a Client Secret. Choose this one if you can.'],
  [
    'public',
    'On users’ devices',
    'A browser or phone app. It cannot keep a secret, so it uses PKCE.',
  ],
] as const

function kinds(values: AppForm): Html {
  return html`<fieldset class="boxes">
<legend>Where it runs</legend>
${choices.map(([kind, title, description]) => {
  const checked = attributes({ checked: values.kind === kind })
  return html`<div class="box"><input type="radio" id="kind-${kind}" name="kind" value="${kind}" ${checked}><label for="kind-${kind}"><strong>${title}</strong><span>${description}</span></label></div>`
})}
</fieldset>`
}
