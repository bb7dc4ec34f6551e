// Brings the store to the shape that this Countersign writes: collections, indexes, and what changed between versions.
import type { Connection } from 'mongoose'
import { StartRefused } from '../../base/start-refused.ts'
import type { Models } from './models.ts'
import { collections } from './schemas.ts'

/** Counts the steps below, as on SQLite: a newer store is not written to. */
export const SCHEMA = 2

/** Brings a store up to date. Throws StartRefused when a newer one wrote it. */
export async function migrate(connection: Connection, models: Models): Promise<void> {
  await refuseOther(models)
  await bringUp(connection, models)
}

/** Throws StartRefused when a newer one wrote it. */
export async function refuseOther(models: Models): Promise<void> {
  const kept = await models.setting.findById('schema').lean()
  if (kept && Number(kept.value) > SCHEMA) {
    throw new StartRefused(
      `This MongoDB was written by a newer Countersign (schema ${kept.value}; this one knows ${SCHEMA}).`,
    )
  }
}

/**
 * Makes what is missing, and changes nothing that is there: it may be done again, and by several at once. Unique indexes are
 * what makes once-only true, so that nothing is served before this is done.
 */
export async function bringUp(connection: Connection, models: Models): Promise<void> {
  const there = new Set((await connection.listCollections()).map(({ name }) => name))
  // All at once: each waits for a majority's journal, and the members write what comes together once.
  await Promise.all(
    collections.map(async (name) => {
      // Made first: a transaction that must make a collection stands in the way of others.
      if (!there.has(name)) await models[name].createCollection().catch(unlessThere)
      await models[name].createIndexes()
    }),
  )
  // 2: when Entra last gave an administrator a role. Of before nobody noted it: it is as if it was long ago.
  await models.administrator_entra.updateMany({ confirmedAt: { $exists: false } }, { $set: { confirmedAt: 0 } })
  await models.setting.updateOne({ _id: 'schema' }, { $set: { value: String(SCHEMA) } }, { upsert: true })
}

const NAMESPACE_EXISTS = 48

function unlessThere(error: unknown): void {
  if ((error as { code?: unknown }).code !== NAMESPACE_EXISTS) throw error
}
