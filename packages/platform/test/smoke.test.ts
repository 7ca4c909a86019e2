import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect, me, refresh, setup } from './setup.ts'
test('smoke', async () => {
  const fixture = await setup()
  const tokens = await connect(fixture)
  const answer = await me(fixture.platform, tokens.access_token)
  assert.equal(answer.status, 200)
  console.log(await answer.json())
  assert.equal((await refresh(fixture, tokens.refresh_token)).status, 200)
  await fixture.platform.close()
})
