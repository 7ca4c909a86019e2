/** The way to the other pages of a long list. */
import type { Paged } from '../page.ts'
import { type Html, html } from './html.ts'

/** `of` says what is listed, in the plural; `href` answers the address of a page by its number. Nothing for a list that stands on one page. */
export function pager(
  of: string,
  { number, more }: Paged<unknown>,
  href: (number: number) => string,
): Html | null {
  if (number === 1 && !more) return null
  return html`<nav class="pager" aria-label="Pages of ${of}">
${number > 1 && html`<a class="button" href="${href(number - 1)}" rel="prev">Previous</a>`}
<span>Page ${number}</span>
${more && html`<a class="button" href="${href(number + 1)}" rel="next">Next</a>`}
</nav>`
}
