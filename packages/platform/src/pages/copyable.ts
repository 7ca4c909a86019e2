/**
 * Texts that people carry elsewhere: one press selects the whole of it, and where scripts run, a button
 * copies it (`script/copy.js`); the label is the button's name.
 */
import { type Html, html } from './html.ts'

/** A value within a line. `label` names it: “Client ID”. */
export function copyable(label: string, text: string): Html {
  return html`<code class="copyable" data-copy data-copy-name="${label}">${text}</code>`
}

/** Lines to paste into a shell or an editor. */
export function codeBlock(label: string, text: string): Html {
  return html`<pre tabindex="0" role="region" aria-label="${label}"><code data-copy data-copy-name="${label}">${text}</code></pre>`
}
