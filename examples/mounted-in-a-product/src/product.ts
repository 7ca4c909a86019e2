/**
 * A product with people and sessions of its own, that lets vendors in: it mounts the platform, and tells
 * it who is signed in. `node examples/mounted-in-a-product/src/start.ts`, then open
 * http://localhost:4400/login. Written with Hono; any server that speaks Request and Response will do.
 */
import { randomBytes } from 'node:crypto'
import { createPlatform, type PlatformOptions } from '@latchkey/platform'
import { Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'

interface Member {
  readonly id: string
  readonly email: string
  readonly name: string
}

export const members: readonly Member[] = [
  { id: 'member-17', email: 'dana@product.example', name: 'Dana Reyes' },
  { id: 'member-42', email: 'eve@product.example', name: 'Eve Haddad' },
]

/** The product. `more` goes to `createPlatform`. */
export async function createProduct(url: string, more: PlatformOptions = {}) {
  const sessions = new Map<string, Member>()
  const memberOf = (session: string | undefined) => sessions.get(session ?? '') ?? null

  const platform = await createPlatform({
    url,
    name: 'Product',
    ...more,
    signIn: {
      visitor: request => {
        const [, session] =
          /(?:^|; )product_session=([^;]+)/.exec(request.headers.get('cookie') ?? '') ?? []
        const member = memberOf(session)
        return member && { subject: member.id, email: member.email, name: member.name }
      },
      page: path => `/login?next=${encodeURIComponent(path)}`,
      signOutPage: '/logout',
    },
  })

  const product = new Hono()
  product.get('/login', context => {
    const next = context.req.query('next') ?? '/home'
    const choices = members.map(
      ({ id, name }) =>
        `<form method="post"><input type="hidden" name="next" value="${escaped(next)}"><button name="id" value="${id}">${name}</button></form>`,
    )
    return context.html(
      `<!doctype html><title>Product</title><h1>Who are you?</h1>${choices.join('')}`,
    )
  })
  product.post('/login', async context => {
    const form = await context.req.formData()
    const member = members.find(({ id }) => id === form.get('id'))
    if (!member) return context.text('Unknown.', 403)
    const session = randomBytes(16).toString('base64url')
    sessions.set(session, member)
    setCookie(context, 'product_session', session, { httpOnly: true, sameSite: 'Lax', path: '/' })
    return context.redirect(localPath(String(form.get('next'))), 303)
  })
  product.get('/logout', context => {
    sessions.delete(getCookie(context, 'product_session') ?? '')
    deleteCookie(context, 'product_session')
    return context.redirect('/login', 303)
  })
  product.get('/home', context =>
    context.text(`Hello ${memberOf(getCookie(context, 'product_session'))?.name}`),
  )
  // Everything else is the platform's: the authorization page, tokens, connected apps, the API.
  product.all('*', context => platform.fetch(context.req.raw))
  return { product, platform, url }
}

/** Only a path of this place: `next` came from the address line. */
function localPath(text: string): string {
  return /^\/(?![/\\])/.test(text) && URL.canParse(text, 'http://localhost') ? text : '/home'
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
