/**
 * A Copy button for every element with `data-copy`: it takes the attribute's value, or the element's
 * text; `data-copy-name` says to a screen reader what is copied. Without it, or without a clipboard, the text can be selected as any other.
 */

const said = document.createElement('p')
said.className = 'hidden'
said.role = 'status'

/** @param {HTMLElement} element */
function addButton(element) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy'
  button.textContent = 'Copy'
  const name = element.dataset.copyName ?? element.getAttribute('aria-label')
  if (name) button.setAttribute('aria-label', `Copy: ${name}`)
  button.addEventListener('click', () => copy(element, button))
  // Below a block of code, which scrolls to the side and would carry the button away.
  const block = element.closest('pre') ?? element
  block.after(button)
}

/**
 * @param {HTMLElement} element
 * @param {HTMLButtonElement} button
 */
async function copy(element, button) {
  try {
    await navigator.clipboard.writeText(element.dataset.copy || (element.textContent ?? '').trim())
  } catch {
    getSelection()?.selectAllChildren(element)
    said.textContent = 'It could not be copied. It is selected: copy it with your keyboard.'
    return
  }
  button.textContent = 'Copied'
  said.textContent = 'Copied'
  setTimeout(() => {
    button.textContent = 'Copy'
    said.textContent = ''
  }, 2_000)
}

if (navigator.clipboard) {
  document.body.append(said)
  for (const element of document.querySelectorAll('[data-copy]')) {
    if (element instanceof HTMLElement) addButton(element)
  }
}
