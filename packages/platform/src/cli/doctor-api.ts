/** What doctor says of the API behind the gate: the file of `LATCHKEY_API`, and what apps ask for. */
import { describeApi } from '../api-description.ts'
import { listApps } from '../developer/app.ts'
import { type Catalogue, unknownPermissions } from '../permissions.ts'
import type { Settings } from '../settings.ts'
import type { Store } from '../store/store.ts'
import type { Finding } from './doctor.ts'

/** Whether `serve` would take the file. */
export function checkApi({ api }: Settings): Finding {
  const check = 'api'
  try {
    const { permissions, routes } = describeApi({ api })
    const names = permissions.map(({ name }) => name).join(', ')
    const table = routes
      ? `${routes.length} routes`
      : 'no routes: /gate asks for a live connection and no permission'
    return { check, ok: true, found: `${names || 'no permissions'}; ${table}` }
  } catch (error) {
    const mend = 'Correct the file; serve does not start with it.'
    return { check, ok: false, found: (error as Error).message, mend }
  }
}

/** What apps ask for and the catalogue does not hold: nobody is shown it, and nothing opens by it. */
export async function checkPermissions(store: Store, { api }: Settings): Promise<Finding[]> {
  const catalogue = catalogueOf(api)
  if (!catalogue) return []
  const check = 'permissions'
  const asking = (await listApps(store)).flatMap(({ client_id, permissions }) => {
    const unknown = unknownPermissions(catalogue, permissions.split(' ').filter(Boolean))
    return unknown.length > 0 ? [`${client_id} asks for ${unknown.join(', ')}`] : []
  })
  if (asking.length === 0) return [{ check, ok: true, found: 'all that apps ask for is known' }]
  const more = asking.length > 5 ? `; and ${asking.length - 5} more apps` : ''
  const mend = 'Put it into the file of LATCHKEY_API, or take it from the app: it opens nothing.'
  return [{ check, ok: false, found: `${asking.slice(0, 5).join('; ')}${more}`, mend }]
}

function catalogueOf(api: string | null): Catalogue | null {
  try {
    return describeApi({ api }).permissions
  } catch {
    return null
  }
}
