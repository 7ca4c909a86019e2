/** What an operator changes about a registered app's redirect URLs without a review. */
import { type Actor, audit } from '../connection/audit.ts'
import type { Store } from '../store/store.ts'
import { type App, redirectUriProblem, redirectUrisOf } from './app.ts'

/** Makes the URL the app's default, before the others. Throws `TypeError` for one that may not be registered. */
export async function setDefaultRedirectUri(
  store: Store,
  { app, uri, actor }: { app: App; uri: string; actor: Actor },
  now: number,
): Promise<void> {
  const problem = redirectUriProblem(uri)
  if (problem) throw new TypeError(`The redirect URL ${uri} cannot be registered: ${problem}.`)
  const uris = redirectUrisOf(app)
  if (uris[0] === uri) return
  await store.write(async tx => {
    const [changed] = await tx.run(
      'update app set redirect_uris = $2 where id = $1 and redirect_uris = $3 returning id',
      app.id,
      JSON.stringify([uri, ...uris.filter(other => other !== uri)]),
      app.redirect_uris,
    )
    if (!changed) throw new Error('The app was changed meanwhile. Try again.')
    await audit(tx, { at: now, kind: 'app.edited', actor, appId: app.id, vendorId: app.vendor_id })
  })
}
