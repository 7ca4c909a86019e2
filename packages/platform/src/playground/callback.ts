/**
 * The URL a browser came back to, taken apart as a vendor's server has to: each parameter with what it is
 * and whether it is right. Pure; the code is answered only when everything fits.
 */

import type { Pocket } from './pocket.ts'
import { shortened } from './transcript.ts'

export interface Finding {
  readonly name: string
  /** As it may be shown. */
  readonly value: string
  readonly verdict: 'right' | 'wrong' | 'plain'
  readonly words: string
}

export interface TakenApart {
  readonly findings: readonly Finding[]
  /** `null` when a real server would stop here. */
  readonly code: string | null
}

const ours = ['code', 'state', 'iss', 'error', 'error_description'] as const

export function takeApart(
  pasted: string,
  pocket: Pick<Pocket, 'redirectUri' | 'state'>,
  issuer: string,
): TakenApart {
  const text = pasted.trim()
  const mark = text.indexOf('?')
  const query = new URLSearchParams(mark < 0 ? '' : text.slice(mark + 1).split('#', 1)[0])
  const findings = [
    addressFinding(text, pocket.redirectUri),
    ...ours.flatMap(name => findingOf(name, query.getAll(name), { ...pocket, issuer }) ?? []),
    ...others(query, pocket.redirectUri),
  ]
  const isRight = findings.every(({ verdict }) => verdict !== 'wrong')
  return { findings, code: isRight ? query.get('code') : null }
}

function addressFinding(text: string, redirectUri: string): Finding {
  const fits = text === redirectUri || /^[?&]/.test(text.slice(redirectUri.length))
  const right = text.startsWith(redirectUri) && (fits || /[?&]$/.test(redirectUri))
  return {
    name: 'The address',
    value: shortened(text.split('?', 1)[0] ?? ''),
    verdict: right ? 'right' : 'wrong',
    words: right
      ? 'The redirect URL that the link was for.'
      : `Not the redirect URL of this walk, which is ${redirectUri}. Paste the whole address of the page you came back to.`,
  }
}

interface Expected {
  readonly state: string | null
  readonly issuer: string
}

function findingOf(
  name: (typeof ours)[number],
  values: readonly string[],
  expected: Expected,
): Finding | null {
  const [value, ...more] = values
  const shown = shortened(value ?? '')
  if (more.length > 0) {
    return { name, value: shown, verdict: 'wrong', words: 'It stands here twice; refuse that.' }
  }
  const judged = judge[name](value, expected)
  return judged && { name, value: value === undefined ? 'missing' : shown, ...judged }
}

type Judged = Pick<Finding, 'verdict' | 'words'> | null

const right = (words: string): Judged => ({ verdict: 'right', words })
const wrong = (words: string): Judged => ({ verdict: 'wrong', words })

const judge: Readonly<
  Record<(typeof ours)[number], (value: string | undefined, expected: Expected) => Judged>
> = {
  code: value =>
    value === undefined
      ? wrong('Without a code there is nothing to exchange.')
      : right('The authorization code: it works once, within minutes, with your secret.'),
  state: (value, { state }) => {
    if (state === null) {
      return value === undefined ? null : wrong('This link had no state, so none can come back.')
    }
    if (value === undefined) return wrong('The link had a state, so it has to come back.')
    return value === state
      ? right('The same that the link had: this browser began the walk.')
      : wrong('Not the one that the link had: somebody else’s answer. Refuse it.')
  },
  iss: (value, { issuer }) =>
    value === issuer
      ? right('This platform says that it answered (RFC 9207).')
      : wrong(`It has to be ${issuer}: another server may have answered (RFC 9207).`),
  error: value =>
    value === undefined
      ? null
      : wrong(errorWords[value] ?? 'The authorization failed; error_description says why.'),
  error_description: value =>
    value === undefined ? null : { verdict: 'plain', words: 'What a developer reads about it.' },
}

const errorWords: Readonly<Record<string, string>> = {
  access_denied: 'The user chose Deny. Say so kindly, and offer to connect again.',
  invalid_request: 'The link was wrong; error_description says where.',
  unsupported_response_type: 'response_type has to be code.',
  invalid_scope: 'The only scope is openApi.',
}

/** What stands in the query beside our parameters is the redirect URL's own. */
function others(query: URLSearchParams, redirectUri: string): Finding[] {
  const own = redirectUri.split('?', 2)[1] ?? ''
  const names = [...new Set(query.keys())].filter(name => !ours.includes(name as 'code'))
  return names.slice(0, 10).map(name => ({
    name: shortened(name),
    value: '…',
    verdict: 'plain' as const,
    words: new URLSearchParams(own).has(name)
      ? 'Part of your own redirect URL.'
      : 'Not from this platform; ignore it.',
  }))
}
