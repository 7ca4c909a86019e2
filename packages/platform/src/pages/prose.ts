/** Descriptions as paragraphs, with the little Markdown they use: `code`, **strong**, lists with `-`. */
import { type Html, html } from './html.ts'

export function prose(text: string): readonly Html[] {
  return text
    .split(/\n{2,}/)
    .filter(block => block.trim() !== '')
    .map(block)
}

function block(text: string): Html {
  const lines = text.trim().split('\n')
  if (!lines.every(line => /^\s*[-*] /.test(line))) return html`<p>${inline(lines.join(' '))}</p>`
  return html`<ul>${lines.map(line => html`<li>${inline(line.replace(/^\s*[-*] /, ''))}</li>`)}</ul>`
}

function inline(text: string): readonly (Html | string)[] {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map(part => {
    if (/^`.+`$/.test(part)) return html`<code>${part.slice(1, -1)}</code>`
    if (/^\*\*.+\*\*$/.test(part)) return html`<strong>${part.slice(2, -2)}</strong>`
    return part
  })
}
