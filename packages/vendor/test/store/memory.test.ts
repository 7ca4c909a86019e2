import { createMemoryStore } from '../../src/index.ts'
import { contract } from './contract.ts'

contract('the store in memory', async () => {
  const store = createMemoryStore()
  return { one: store, other: store, close: async () => {} }
})
