import { createConnection } from 'mongoose'

/** Leaves nothing in a database but its collections and indexes, which take long to make. */
export async function emptied(uri: string): Promise<void> {
  const connection = await createConnection(uri).asPromise()
  const collections = (await connection.db?.collections()) ?? []
  await Promise.all(collections.map((collection) => collection.deleteMany({})))
  await connection.close()
}

/** Takes a process's place from it, as happens to one that was not heard of for long. */
export async function withoutSlot(uri: string, writer: string): Promise<void> {
  const connection = await createConnection(uri).asPromise()
  await connection.db?.collection<{ _id: string }>('writer').updateOne({ _id: writer }, { $set: { slot: null } })
  await connection.close()
}
