// oidc-provider's storage interface on PostgreSQL, made as well as one can: one table with the key as
// its primary key, prepared statements, as many pooled connections as Latchkey takes, one statement for
// each call. Nothing is expired by it during a run, as in Latchkey.

import pg from 'pg'

const table = `create table oidc (
  model text not null,
  id text not null,
  payload jsonb not null,
  grant_id text,
  consumed bigint,
  primary key (model, id));
  create index oidc_by_grant on oidc (grant_id) where grant_id is not null`

type Payload = { grantId?: string }

/** A class as `adapter` takes it, on an empty database. */
export async function postgresAdapter(url: string) {
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  await pool.query(table)
  const run = async (name: string, text: string, values: unknown[]) =>
    (await pool.query({ name, text, values })).rows

  return class PostgresAdapter {
    #model: string

    constructor(model: string) {
      this.#model = model
    }

    async find(id: string) {
      const [row] = await run(
        'find',
        'select payload, consumed from oidc where model = $1 and id = $2',
        [this.#model, id],
      )
      if (!row) return undefined
      return row.consumed === null
        ? row.payload
        : { ...row.payload, consumed: Number(row.consumed) }
    }

    async upsert(id: string, payload: Payload) {
      await run(
        'upsert',
        `insert into oidc (model, id, payload, grant_id) values ($1, $2, $3, $4)
         on conflict (model, id) do update set payload = excluded.payload`,
        [this.#model, id, payload, payload.grantId ?? null],
      )
    }

    async consume(id: string) {
      await run('consume', 'update oidc set consumed = $3 where model = $1 and id = $2', [
        this.#model,
        id,
        Math.floor(Date.now() / 1000),
      ])
    }

    async destroy(id: string) {
      await run('destroy', 'delete from oidc where model = $1 and id = $2', [this.#model, id])
    }

    async revokeByGrantId(grantId: string) {
      await run('revoke', 'delete from oidc where grant_id = $1', [grantId])
    }
  }
}
