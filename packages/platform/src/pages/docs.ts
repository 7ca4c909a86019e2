/** The endpoint documentation, drawn from an OpenAPI document. */
import { type Html, html } from './html.ts'
import { type Frame, layout } from './layout.ts'
import {
  type Answer,
  type Group,
  groupsOf,
  type OpenApiDocument,
  type Operation,
  type PlacedOperation,
  resolve,
  type Schema,
  typeOf,
} from './openapi.ts'
import { prose } from './prose.ts'

export interface DocsView extends Frame {
  readonly document: OpenApiDocument
}

export function docsPage(view: DocsView): Html {
  const { document } = view
  const groups = groupsOf(document)
  const body = html`<div class="docs">
<nav class="docs-nav" aria-label="Endpoints">${groups.map(contents)}</nav>
<div class="docs-text">
<h1>Documentation</h1>
<div class="lead">${prose(document.info.description ?? '')}</div>
${(document.servers ?? []).map(({ url }) => html`<p class="docs-server"><span>Base URL</span> <code>${url}</code></p>`)}
${groups.map(group => section(document, group))}
</div>
</div>`
  return layout(view, { title: 'Documentation', width: 'wide', body })
}

function contents({ name, anchor, operations }: Group): Html {
  return html`<div><p class="docs-tag"><a href="#${anchor}">${name}</a></p>
<ul>${operations.map(contentsEntry)}</ul></div>`
}

function contentsEntry({ method, path, anchor, operation }: PlacedOperation): Html {
  return html`<li><a href="#${anchor}"><span class="docs-method">${method}</span> <span>${operation.summary ?? path}</span></a></li>`
}

function section(
  document: OpenApiDocument,
  { name, anchor, description, operations }: Group,
): Html {
  return html`<section class="docs-group">
<h2 id="${anchor}">${name}</h2>
${prose(description)}
${operations.map(operation => article(document, operation))}
</section>`
}

function article(document: OpenApiDocument, place: PlacedOperation): Html {
  const { method, path, anchor, operation } = place
  return html`<article class="operation" id="${anchor}">
<div class="operation-text">
<h3><a href="#${anchor}">${operation.summary ?? path}</a></h3>
<p class="address"><span class="method method-${method}">${method}</span> <code>${path}</code></p>
${prose(operation.description ?? '')}
${authentication(document, operation)}
${parameters(operation)}
${bodies(document, operation)}
${answers(operation)}
</div>
${samples(operation)}
</article>`
}

function authentication(document: OpenApiDocument, { security = [] }: Operation): Html | null {
  const schemes = security.flatMap(alternative => Object.keys(alternative))
  if (schemes.length === 0) return null
  const described = schemes.map(name => {
    const scheme = document.components?.securitySchemes?.[name]
    const word = scheme?.scheme ?? name
    return html`<code>Authorization: ${word.charAt(0).toUpperCase() + word.slice(1)}</code> ${scheme?.description ?? ''} `
  })
  const optional = security.some(alternative => Object.keys(alternative).length === 0)
  return html`<h4>Authentication</h4><p>${described}${optional && 'Can be left out.'}</p>`
}

function parameters({ parameters = [] }: Operation): Html | null {
  if (parameters.length === 0) return null
  return table(
    'Parameters',
    parameters.map(({ name, required, description = '', schema, in: place }) =>
      row({ name, required: required === true, description, schema, place }),
    ),
  )
}

function bodies(document: OpenApiDocument, { requestBody }: Operation): readonly Html[] {
  return Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => {
    const { properties = {}, required = [] } = resolve(document, schema)
    const rows = Object.entries(properties).map(([name, property]) =>
      row({
        name,
        required: required.includes(name),
        description: resolve(document, property).description ?? '',
        schema: property,
        place: '',
      }),
    )
    return html`${table(html`Body <code>${type}</code>`, rows)}`
  })
}

function table(heading: Html | string, rows: readonly Html[]): Html {
  return html`<h4>${heading}</h4>
<table class="parameters">
<thead class="hidden"><tr><th scope="col">Name</th><th scope="col">Description</th></tr></thead>
<tbody>${rows}</tbody>
</table>`
}

interface Row {
  readonly name: string
  readonly required: boolean
  readonly description: string
  readonly schema: Schema | undefined
  readonly place: string
}

function row({ name, required, description, schema, place }: Row): Html {
  const kind = [typeOf(schema), place].filter(Boolean).join(', ')
  const choices = (schema?.enum ?? []).map(value => `\`${value}\``).join(', ')
  return html`<tr>
<th scope="row"><code>${breakable(name)}</code> <span class="kind">${kind}</span>${required && html` <span class="required">Required</span>`}</th>
<td>${prose(description)}${choices && prose(`One of ${choices}.`)}</td>
</tr>`
}

/** A long name breaks behind an underscore, if it must. */
function breakable(name: string): Html[] {
  return name.split('_').map((part, index) => html`${index > 0 && html`_<wbr>`}${part}`)
}

function answers({ responses }: Operation): Html {
  return html`<h4>Answers</h4>
<dl class="answers">${Object.entries(responses).map(
    ([status, answer]) =>
      html`<div><dt>${statusMark(status)}</dt><dd>${prose(answer.description)}${!isSuccess(status) && folded(answer)}</dd></div>`,
  )}</dl>`
}

function folded(answer: Answer): Html | null {
  const text = exampleOf(answer)
  if (text === null) return null
  return html`<details><summary>Example</summary>${block(text)}</details>`
}

function samples({ responses, 'x-curl': curl }: Operation): Html | null {
  const shown = Object.entries(responses).flatMap(([status, answer]) => {
    const text = isSuccess(status) ? exampleOf(answer) : null
    return text === null ? [] : sample(html`Answer ${statusMark(status)}`, text)
  })
  if (!curl && shown.length === 0) return null
  return html`<div class="operation-samples">${curl && sample('Call', curl)}${shown}</div>`
}

function sample(heading: Html | string, text: string): Html {
  return html`<figure class="sample"><figcaption>${heading}</figcaption>${block(text)}</figure>`
}

/** Scrolls sideways, so the keyboard must reach it. */
function block(text: string): Html {
  return html`<pre tabindex="0"><code>${text}</code></pre>`
}

function statusMark(status: string): Html {
  return html`<span class="status status-${status.charAt(0)}">${status}</span>`
}

function isSuccess(status: string): boolean {
  return status.startsWith('2')
}

function exampleOf({ content = {} }: Answer): string | null {
  const example = Object.values(content).find(({ example }) => example !== undefined)?.example
  return example === undefined ? null : JSON.stringify(example, null, 2)
}
