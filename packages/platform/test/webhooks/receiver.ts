/** A vendor's server without a network: takes every post, answers as it is told, and remembers all. */
import type { PlatformOptions } from '../../src/platform.ts'
import { setEndpoint } from '../../src/webhooks/endpoint.ts'
import type { Message, Post, PostAnswer } from '../../src/webhooks/post.ts'
import { type Setup, setup } from '../setup.ts'

export interface Received {
  readonly id: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly type: string
  readonly data: Record<string, unknown>
  /** When, by the test's clock. */
  readonly at: number
}

export type Answering = (received: Received) => Partial<PostAnswer> | Promise<Partial<PostAnswer>>

export interface Receiver {
  readonly received: Received[]
  readonly post: Post
  /** What it answers from now on; 204 at first. */
  answer: Answering
}

export const endpointUrl = 'https://hooks.vendor.example/latchkey'

export function createReceiver(now: () => number): Receiver {
  const receiver: Receiver = {
    received: [],
    answer: () => ({ status: 204 }),
    post: async ({ url, headers, body }: Message) => {
      const { type, data } = JSON.parse(body) as { type: string; data: Record<string, unknown> }
      const id = headers['webhook-id'] ?? ''
      const received = { id, url, headers, text: body, type, data, at: now() }
      receiver.received.push(received)
      return { status: 204, retryAfter: null, ...(await receiver.answer(received)) }
    },
  }
  return receiver
}

/** The platform of `setup`, with an endpoint for its app; answers the endpoint's signing secret too. */
export async function setupWithEndpoint(options: PlatformOptions = {}) {
  let now = () => 0
  const receiver = createReceiver(() => now())
  const fixture = await setup({ post: receiver.post, ...options })
  now = options.now ?? fixture.clock.now
  const secret = await listen(fixture, fixture.app.id, now())
  return { ...fixture, receiver, secret }
}

/** Sets the endpoint of an app; answers its signing secret. */
export async function listen(
  { platform }: Pick<Setup, 'platform'>,
  appId: number,
  now: number,
): Promise<string> {
  const { store, keys } = platform
  const about = { appId, actor: 'operator', url: endpointUrl, keys, seen: '' } as const
  return (await setEndpoint(store, about, now))?.secret ?? ''
}
