/**
 * Asks the browser for a passkey, and sends what it answers with the form that asked. The form holds
 * the question in `data-question` and what to do in `data-passkey`; it is shown only where it can work,
 * and what stands in its place until then (`data-without-passkey`) is taken away.
 */

const words = {
  NotAllowedError: 'It was cancelled, or took too long. Nothing was changed. You can try again.',
  InvalidStateError: 'This device has a passkey for your account already.',
  SecurityError: 'This address cannot use passkeys. Nothing was changed.',
}

/** @param {HTMLFormElement} form */
function enable(form) {
  const status = form.querySelector('[role=status]')
  const answer = form.elements.namedItem('answer')
  if (!(status instanceof HTMLElement) || !(answer instanceof HTMLInputElement)) return
  form.addEventListener('submit', async event => {
    if (answer.value) return
    event.preventDefault()
    status.textContent = 'Waiting for your passkey…'
    try {
      answer.value = JSON.stringify(await ask(form))
      status.textContent = ''
      form.requestSubmit()
    } catch (error) {
      const { name } = /** @type {{ name?: string }} */ (error)
      status.textContent =
        words[/** @type {keyof typeof words} */ (name)] ??
        'Your browser could not use a passkey. Nothing was changed.'
    }
  })
  // A page that is come back to asks anew.
  addEventListener('pageshow', () => {
    answer.value = ''
  })
  form.hidden = false
}

/** @param {HTMLFormElement} form */
async function ask(form) {
  const question = JSON.parse(form.dataset.question ?? '')
  const credential =
    form.dataset.passkey === 'create'
      ? await navigator.credentials.create({
          publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(question),
        })
      : await navigator.credentials.get({
          publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(question),
        })
  return /** @type {PublicKeyCredential} */ (credential).toJSON()
}

if (
  typeof PublicKeyCredential === 'function' &&
  'parseCreationOptionsFromJSON' in PublicKeyCredential
) {
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    if (form instanceof HTMLFormElement) enable(form)
  }
  for (const element of document.querySelectorAll('[data-without-passkey]')) element.remove()
}
