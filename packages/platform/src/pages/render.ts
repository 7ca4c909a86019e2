/** Pages as answers: the security headers, the cookies, and the one error page. */
import { type Account, nameOf } from '../accounts/account.ts'
import type { PageError } from '../error.ts'
import type { Answer, Route } from '../http.ts'
import { assets } from './assets.ts'
import { errorPage } from './error.ts'
import { type Html, renderHtml } from './html.ts'
import { hasScript, type Person } from './layout.ts'

export interface Renderer {
  /** The platform's name on its pages. */
  readonly name: string
  person(account: Account): Person
  page(page: Html, options?: PageOptions): Answer
  error(error: PageError, reference: string | null): Answer
}

export interface PageOptions {
  readonly status?: number
  readonly cookies?: readonly string[]
  /** A redirect URL that the page's form leads to: browsers hold `form-action` against redirects too. */
  readonly formTarget?: string
}

/** `product` is where people sign in and out instead of here. */
export function createRenderer(
  name: string,
  product: { readonly signOutPage: string | null } | null = null,
): Renderer {
  const page: Renderer['page'] = (html, { status = 200, cookies = [], formTarget } = {}) => ({
    status,
    headers: { ...pageHeaders, 'Content-Security-Policy': policy(hasScript(html), formTarget) },
    body: renderHtml(html),
    cookies,
  })
  return {
    name,
    person: account => ({
      name: nameOf(account),
      email: account.email,
      ...(product && { signOutElsewhere: product.signOutPage }),
    }),
    page,
    error: (error, reference) => {
      const { status, title, message: whatHappened, mend: whoCanMend, details } = error
      const view = { platformName: name, status, title, details, whatHappened, whoCanMend }
      return page(errorPage({ ...view, ...(reference && { reference }) }), { status })
    },
  }
}

const pageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=()',
} as const

/** Files of ours alone, and none of them may turn a text into markup. They fetch nothing. */
const scriptPolicy = "script-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'; "

/**
 * The vendor's callback may redirect on to a host we do not know, and browsers check every hop against
 * `form-action`; so the consent page names the scheme only. No other page lets a form leave.
 */
function policy(withScript: boolean, formTarget: string | undefined): string {
  const beyond =
    formTarget === undefined ? '' : formTarget.startsWith('http:') ? ' https: http:' : ' https:'
  const script = withScript ? scriptPolicy : ''
  return `default-src 'none'; ${script}style-src 'self'; img-src 'self' data:; form-action 'self'${beyond}; frame-ancestors 'none'; base-uri 'none'`
}

/** The stylesheet, the mark and the scripts, under names that change with their content, so kept for a year. */
export function assetRoutes(): Iterable<readonly [string, Route]> {
  return assets.map(({ path, body, contentType }) => {
    const headers = {
      'Content-Type': contentType,
      'Cache-Control': 'public, max-age=31536000, immutable',
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "default-src 'none'",
    }
    return [path, { manner: 'page', get: async () => ({ status: 200, headers, body }) }] as const
  })
}
