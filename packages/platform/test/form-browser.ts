/**
 * A person's browser without a screen: keeps cookies, follows redirects on the platform, and submits the
 * forms that are on a page, with what they hold already. A redirect elsewhere is answered, not followed.
 */
export interface FormBrowser {
  readonly cookies: Map<string, string>
  get(path: string): Promise<Page>
  post(path: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Page>
}

export interface Page {
  readonly status: number
  readonly headers: Headers
  readonly path: string
  readonly html: string
  /** Where it redirects, when that is another host. */
  readonly location: string | null
  /** Submits the form that goes to `action` (default: the page's main form). */
  submit(fields: Record<string, string>, action?: string): Promise<Page>
  /** What the form holds already, hidden or in sight. */
  hidden(action?: string): Record<string, string>
}

type Fetch = (request: Request) => Promise<Response>

export function createBrowser(fetch: Fetch, origin: string): FormBrowser {
  const cookies = new Map<string, string>()

  const go = async (path: string, init: RequestInit = {}, hops = 0): Promise<Page> => {
    const headers = new Headers(init.headers)
    if (cookies.size > 0) headers.set('Cookie', [...cookies].map(pair => pair.join('=')).join('; '))
    const response = await fetch(new Request(new URL(path, origin), { ...init, headers }))
    for (const cookie of response.headers.getSetCookie()) keep(cookie)
    const location = response.headers.get('location')
    if (location && hops < 5) {
      const target = new URL(location, origin)
      if (target.origin === origin) return go(target.pathname + target.search, {}, hops + 1)
    }
    const html = await response.text()
    return page(response, { path, html, location })
  }

  const keep = (cookie: string) => {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
    if (!name) return
    if (/; Max-Age=0(;|$)/.test(cookie)) cookies.delete(name)
    else cookies.set(name, value ?? '')
  }

  const post: FormBrowser['post'] = (path, form, headers = {}) =>
    go(path, {
      method: 'POST',
      body: String(new URLSearchParams(form)),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    })

  const page = (
    response: Response,
    { path, html, location }: { path: string; html: string; location: string | null },
  ): Page => ({
    status: response.status,
    headers: response.headers,
    path,
    html,
    location,
    hidden: action => formOf(html, action).fields,
    submit: (fields, wanted) => {
      const { action, fields: hidden } = formOf(html, wanted)
      return post(action, { ...hidden, ...fields })
    },
  })

  return { cookies, get: path => go(path), post }
}

/** The form with this action, or the first that is not the header's sign-out. */
function formOf(html: string, wanted?: string): { action: string; fields: Record<string, string> } {
  const forms = [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(
    ([, attributes = '', inside = '']) => ({
      action: attribute(attributes, 'action') ?? '',
      inside,
    }),
  )
  const form = forms.find(({ action }) => (wanted ? action === wanted : action !== '/sign-out'))
  if (!form)
    throw new Error(`There is no form${wanted ? ` to ${wanted}` : ''} on this page:\n${html}`)
  const fields: Record<string, string> = {}
  for (const [, attributes = ''] of form.inside.matchAll(/<input\b([^>]*)>/g)) {
    const name = attribute(attributes, 'name')
    const type = attribute(attributes, 'type')
    const chosen = (type !== 'checkbox' && type !== 'radio') || /\bchecked\b/.test(attributes)
    if (name && chosen) fields[name] = attribute(attributes, 'value') ?? ''
  }
  return { action: form.action, fields }
}

function attribute(text: string, name: string): string | undefined {
  const [, value] = new RegExp(`\\b${name}="([^"]*)"`).exec(text) ?? []
  return value
    ?.replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}
