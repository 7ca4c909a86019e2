/** What a vendor is written when its server has asked to be left alone. */
import { addressesOf } from '../developer/member.ts'
import type { Parts } from '../platform.ts'

/** To every member of the app's vendor: its webhooks are switched off. */
export async function tellOfDisabling(
  { store, send, settings, renderer }: Pick<Parts, 'store' | 'send' | 'settings' | 'renderer'>,
  appId: number,
): Promise<void> {
  const [app] = await store.read<{ client_id: string; name: string; vendor_id: number }>(
    'select client_id, name, vendor_id from app where id = $1',
    appId,
  )
  if (!app) return
  const name = app.name.replaceAll(/[\r\n]+/g, ' ')
  const page = `${settings.url}/developer/authorizations/webhooks?app=${app.client_id}`
  for (const to of await addressesOf(store, app.vendor_id)) {
    await send({
      to,
      subject: `The webhooks of ${name} are switched off at ${renderer.name}`,
      text: `Your server answered 410 Gone to a webhook of ${name}, which says that nothing is to be sent there any more. So nothing is.\n\nIf that was a mistake, switch them on again here: ${page}`,
    })
  }
}
