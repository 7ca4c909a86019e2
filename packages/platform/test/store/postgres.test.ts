import { openPostgres } from '../../src/store/postgres.ts'
import { testDatabase } from '../postgres.ts'
import { storeContract } from './contract.ts'

storeContract('PostgreSQL', async () => {
  const { url, stop } = await testDatabase()
  return { open: () => openPostgres(url), stop }
})
